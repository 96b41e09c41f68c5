import { agentCommandsPage } from './agent-commands-page.ts';
import { commandsPage } from './commands-page.ts';
import { crdsPage } from './crds-page.ts';
import { definitionPage } from './definition-page.ts';
import { errorPages } from './error-pages.ts';
import { exitCodesPage } from './exit-codes-page.ts';
import { metricsPage } from './metrics-page.ts';

/** The pages that are made from the code, by their path in the project. */
export const REFERENCE_PAGES: ReadonlyMap<string, () => string> = new Map<string, () => string>([
  ['docs/reference/agent-commands.md', agentCommandsPage],
  ['docs/reference/commands.md', commandsPage],
  ['docs/reference/crds.md', crdsPage],
  ['docs/reference/definition.md', definitionPage],
  ...errorPages(),
  ['docs/reference/exit-codes.md', exitCodesPage],
  ['docs/reference/metrics.md', metricsPage],
]);
