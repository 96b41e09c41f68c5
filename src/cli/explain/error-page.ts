/** What people are told of an error code: by `kubeos explain`, and in docs/reference/errors/. */
export interface ErrorPage {
  readonly means: string;
  /** What is changed, or lost, when it comes. */
  readonly leaves: string;
  /** Commands that end with it, by their names; none: any may. */
  readonly from: readonly string[];
  /** What is said most, and what to do then. */
  readonly says: readonly SaidMessage[];
  /** Where nothing of that is said, or it does not help. */
  readonly otherwise: string;
  /** How one sees that what was done about it has helped. */
  readonly worked: string;
  /** What a rollout makes of it, where a node reports it. */
  readonly rollout?: string;
  /** By their names in docs/guides. */
  readonly guides: readonly string[];
}

export interface SaidMessage {
  /** As it stands in the source, which a test proves; `…` is what differs each time. */
  readonly message: string;
  readonly remedy: string;
}
