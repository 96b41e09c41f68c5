import {
  anyOrigin,
  ERROR_PAGES,
  exitCodeOfPage,
  PAGE_CODES,
  typed,
  type PageCode,
} from '../../src/cli/explain/error-pages.ts';
import { code, GENERATED, table } from './markdown.ts';

/** `errors/no-space.md`, below docs/reference. */
export const errorPageFile = (errorCode: PageCode): string =>
  `errors/${errorCode.toLowerCase().replaceAll('_', '-')}.md`;

/** docs/reference/errors/: a page for each code, as `kubeos explain` has it. */
export function errorPages(): [string, () => string][] {
  return PAGE_CODES.map((errorCode) => [
    `docs/reference/${errorPageFile(errorCode)}`,
    () => errorPage(errorCode),
  ]);
}

function errorPage(errorCode: PageCode): string {
  const { means, leaves, from, says, otherwise, worked, rollout, guides } = ERROR_PAGES[errorCode];
  const commands = from.length === 0 ? anyOrigin(errorCode) : from.map(typed).map(code).join(', ');
  const exitCode = exitCodeOfPage(errorCode);
  const ends = exitCode === null ? 'No command ends with it' : `Exit code ${exitCode}`;
  const links = guides.map((guide) => `[${guide}](../../guides/${guide}.md)`);
  const parts = [
    `# ${errorCode}`,
    GENERATED,
    `${means} ${ends} ([all of them](../exit-codes.md)).`,
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
    `**It worked when.** ${worked}`,
    ...(links.length === 0 ? [] : [`Guides: ${links.join(', ')}.`]),
  ];
  return `${parts.join('\n\n')}\n`;
}
