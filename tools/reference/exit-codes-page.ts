import {
  ERROR_PAGES,
  RUN_CODES,
  TRIAL_CODES,
  type PageCode,
} from '../../src/cli/explain/error-pages.ts';
import { EXIT_CODE_MEANINGS } from '../../src/cli/exit-codes.ts';
import { ERROR_CODES, exitCodeOf } from '../../src/errors.ts';
import { errorPageFile } from './error-pages.ts';
import { code, GENERATED, table } from './markdown.ts';

/** docs/reference/exit-codes.md. */
export function exitCodesPage(): string {
  const rows = [...EXIT_CODE_MEANINGS].map(([exitCode, meaning]) => [
    String(exitCode),
    meaning,
    ERROR_CODES.filter((one) => exitCodeOf(one) === exitCode)
      .map(linked)
      .join(', '),
  ]);
  const [errors, trials, runs] = [ERROR_CODES, TRIAL_CODES, RUN_CODES].map(meanings);
  return `# Exit codes and error codes

${GENERATED}

${table(['exit code', 'meaning', 'error codes'], rows)}

An error is one message on standard error: what failed, with the value that was found and what was expected. A line that
begins with "→" (of \`kubeos-agent\`: with "hint:") says what to do next, and where there is more to say a last line names the
page of its code: \`kubeos explain NETWORK\`, or \`code: NETWORK\` of \`kubeos-agent\`, which has no pages on its node. With
\`--json\` the last line on standard error is \`{"event": "error", "code": …, "exitCode": …, "message": …}\`. The same codes stand in
\`code\` of the agent's answers, in \`KUBEOS_ERROR_CODE\` of a node's journal and in \`status.run.code\` of an OSInstance.

Without an error end: \`kubeos lock --check\` with 3 (an update is due), \`kubeos doctor\` and \`kubeos-agent doctor\` with 4 (something is
missing or bad), \`kubeos inspect\` with 5 (it would not boot), \`kubeos repository check\` with 6 (something ends soon), \`kubeos rollout plan\`
with 8 (nothing would begin), \`kubeos node drain --dry-run\` with 8 (a pod would stay), and with 8, 9 and 10 whatever waits for a
rollout or a drain.

${errors}

No command ends with these. \`kubeos-agent status\` and \`status.run.code\` of an OSInstance have them where a release did not stay on a
node:

${trials}

With this the operator ends the run of a node. \`kubeos rollout why\` and \`spec.outcome.message\` of an OSInstance have it:

${runs}
`;
}

const meanings = (codes: readonly PageCode[]): string =>
  table(
    ['code', 'means'],
    codes.map((one) => [linked(one), ERROR_PAGES[one].means]),
  );

const linked = (errorCode: PageCode): string => `[${code(errorCode)}](${errorPageFile(errorCode)})`;
