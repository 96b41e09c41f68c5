/** One look at one thing. */
export interface CheckResult {
  readonly name: string;
  readonly isGood: boolean;
  /** What is advisory is told, and decides nothing. */
  readonly isRequired: boolean;
  /** What a failure says: something of this release, or of the node, its hardware or its cluster. */
  readonly blames: 'release' | 'node';
  readonly message: string;
}

/** Never throws: a check that cannot look has failed. */
export type HealthCheck = () => Promise<CheckResult>;
