/** What a running step says: a line that replaces the last one, and optionally how far it is (0 to 1). */
export interface StepReport {
  (line: string, fraction?: number): void;
}

/**
 * Runs one named part of a build and returns what it made. The caller shows it: as a list on a terminal,
 * as lines in a pipe, as events for `--json`.
 */
export interface StepRunner {
  <T>(id: StepId, action: (report: StepReport) => Promise<T>): Promise<T>;
}

/** The steps of a build in order. */
export const STEP_IDS = [
  'check',
  'resolve',
  'fetch',
  'install',
  'tree',
  'initramfs',
  'root',
  'release',
  'disk',
  'outputs',
] as const;

export type StepId = (typeof STEP_IDS)[number];

/** The titles that people see. */
export const BUILD_STEPS: Readonly<Record<StepId, string>> = {
  check: 'Check this host',
  resolve: 'Resolve the base to digests',
  fetch: 'Fetch what is not in the cache',
  install: 'Install the root file system',
  tree: 'Prepare it as a read-only OS',
  initramfs: 'Make the initramfs',
  root: 'Make the root image',
  release: 'Make the release',
  disk: 'Assemble the disk',
  outputs: 'Write the outputs',
};
