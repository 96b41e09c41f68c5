/** One thing that was looked at; `remedy` is set where it is not as it must be. */
export interface HostFact {
  readonly subject: string;
  readonly found: string;
  readonly purpose: string;
  readonly remedy: string | null;
}
