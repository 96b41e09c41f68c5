export interface Played {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of what runs at first. */
  readonly digest: string;
  readonly fault?: Fault;
  /** How long it is away; at once back where it is left out. */
  readonly restartMs?: number;
}

/**
 * What goes wrong with a release on a node: one that dies in a phase says nothing from then on, as a machine without power; one
 * that hangs stays on trial.
 */
export type Fault = 'none' | 'falls-back' | 'hangs' | 'refuses-settings' | `dies-${DyingPhase}`;
type DyingPhase = 'preparing' | 'draining' | 'activating' | 'rebooting' | 'verifying';
