/** A line of the agent that keeps a promise, and what is left when it is taken out. */
export interface Mutant {
  readonly name: string;
  /** Below the root of the project. */
  readonly file: string;
  /** Found exactly once there. */
  readonly find: string;
  readonly replace: string;
}
