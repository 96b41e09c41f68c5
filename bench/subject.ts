import type { TimedCommand } from './timed-run.ts';

/** The parts of an image definition that both tools are given. */
export interface BenchDefinition {
  readonly suite: string;
  readonly packages: readonly string[];
  /** The file of the image whose content is changed between two builds. */
  readonly file: { readonly path: string; readonly content: string };
}

/** One of the two tools that are compared, in a folder of its own. */
export interface Subject {
  readonly name: 'kubeos' | 'mkosi';
  /** Puts everything back to how it was before the first build, except the downloaded packages. */
  forget(): void;
  /** Gives the one file of the image another content: a different one for each number. */
  change(round: number): void;
  /** A build that starts from nothing but downloaded packages. */
  readonly coldBuild: TimedCommand;
  /** A build that may use what the one before it left. */
  readonly nextBuild: TimedCommand;
  /** The raw disk that a build writes. */
  readonly disk: string;
}

/** What the one file has in it in a round. */
export function contentOf(definition: BenchDefinition, round: number): string {
  return `${definition.file.content}# round ${round}\n`;
}
