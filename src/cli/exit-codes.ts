/** Every exit code that `kubeos` may end with, for the man page and the reference. */
export const EXIT_CODE_MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'Done.'],
  [1, 'A bug in kubeos; what it prints is for the bug report.'],
  [2, 'Wrong usage: an unknown command or option, or a value that cannot be.'],
  [
    3,
    'The image definition, the lockfile or settings of a node are not valid, not allowed, or do not fit what they name.',
  ],
  [4, 'This host lacks something: a program, a right, space.'],
  [5, 'An external program failed, or what it made did not pass a check.'],
  [6, 'The network or an image server failed, or what came is damaged or not trusted.'],
  [7, 'The cluster cannot be reached, or its API server refuses what was asked of it.'],
  [
    8,
    'What was asked for is refused, as the state of a node or a release does not allow it; or a rollout was halted, or failed.',
  ],
  [9, 'A rollout was taken back: what it had upgraded runs the release before.'],
  [10, 'Timed out while waiting.'],
  [129, 'Stopped by SIGHUP.'],
  [130, 'Stopped by SIGINT, as Ctrl-C sends it.'],
  [143, 'Stopped by SIGTERM.'],
]);
