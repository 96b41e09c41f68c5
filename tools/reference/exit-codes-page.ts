import { EXIT_CODE_MEANINGS } from '../../src/cli/exit-codes.ts';
import { GENERATED, table } from './markdown.ts';

/** docs/reference/exit-codes.md. */
export function exitCodesPage(): string {
  const rows = [...EXIT_CODE_MEANINGS].map(([exitCode, meaning]) => [String(exitCode), meaning]);
  return `# Exit codes

${GENERATED}

${table(['exit code', 'meaning'], rows)}

7 and 9 are kept for the cluster side, which does not exist yet: cluster API or access, rolled back. There 8 will also be a
rollout that was halted or failed.

An error is one message on standard error: what failed, with the value that was found and what was expected. A last
line that begins with "→" (of \`kubeos-agent\`: with "hint:") says what to do next.
`;
}
