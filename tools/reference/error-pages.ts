import { ERROR_PAGES, typed } from '../../src/cli/explain/error-pages.ts';
import { ERROR_CODES, exitCodeOf, type ErrorCode } from '../../src/errors.ts';
import { code, GENERATED, table } from './markdown.ts';

/** `errors/no-space.md`, below docs/reference. */
export const errorPageFile = (errorCode: ErrorCode): string =>
  `errors/${errorCode.toLowerCase().replaceAll('_', '-')}.md`;

/** docs/reference/errors/: a page for each code, as `kubeos explain` has it. */
export function errorPages(): [string, () => string][] {
  return ERROR_CODES.map((errorCode) => [
    `docs/reference/${errorPageFile(errorCode)}`,
    () => errorPage(errorCode),
  ]);
}

function errorPage(errorCode: ErrorCode): string {
  const { means, leaves, from, says, otherwise, rollout, guides } = ERROR_PAGES[errorCode];
  const commands = from.length === 0 ? 'any command' : from.map(typed).map(code).join(', ');
  const links = guides.map((guide) => `[${guide}](../../guides/${guide}.md)`);
  const parts = [
    `# ${errorCode}`,
    GENERATED,
    `${means} Exit code ${exitCodeOf(errorCode)} ([all of them](../exit-codes.md)).`,
    [
      `- **What it leaves behind.** ${leaves}`,
      `- **Comes from** ${commands}.`,
      ...(rollout === undefined ? [] : [`- **In a rollout.** ${rollout}`]),
    ].join('\n'),
    table(
      ['it says', 'do'],
      says.map(({ message, remedy }) => [code(message), remedy]),
    ),
    `**Otherwise.** ${otherwise}`,
    ...(links.length === 0 ? [] : [`Guides: ${links.join(', ')}.`]),
  ];
  return `${parts.join('\n\n')}\n`;
}
