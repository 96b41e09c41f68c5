import { KubeosError } from '../../errors.ts';
import { renderIssue } from './render-issue.ts';

/** One thing that is wrong, with its place. Sentences are for people, without the final stop. */
export interface DefinitionIssue {
  /** As it was named on the command line or by `extends`; `--set key=value` for an override. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `users[0].name`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  readonly found: string | undefined;
  readonly expected: string | undefined;
  readonly suggestion: string | undefined;
  /** The line of the file with secrets blanked, and how many characters of it to mark. */
  readonly excerpt: { readonly text: string; readonly length: number } | undefined;
}

/** Everything that is wrong with a definition, in the order of the files and lines. */
export class DefinitionError extends KubeosError {
  readonly issues: readonly DefinitionIssue[];

  constructor(issues: readonly DefinitionIssue[]) {
    super('DEFINITION_INVALID', [heading(issues.length), ...issues.map(renderIssue)].join('\n'));
    this.name = 'DefinitionError';
    this.issues = issues;
  }
}

function heading(count: number): string {
  return `the image definition has ${count === 1 ? 'a fault' : `${count} faults`}`;
}
