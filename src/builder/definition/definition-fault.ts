import type { PropertyPath } from './located-node.ts';

/** One thing that is wrong, not yet tied to a line. Sentences are for people, without the final stop. */
export interface DefinitionFault {
  readonly path: PropertyPath;
  /** What is wrong: `unknown key "enabel"`. */
  readonly message: string;
  /** What was written, where the message does not already say it. */
  readonly found?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What to do. */
  readonly suggestion?: string;
  /** Point at the key instead of the value. */
  readonly at?: 'key';
  /** Another place that belongs to the fault, for example the first of two duplicates. */
  readonly other?: { readonly path: PropertyPath; readonly what: string };
}
