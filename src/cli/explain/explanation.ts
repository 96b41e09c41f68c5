import { exitCodeOf, type ErrorCode } from '../../errors.ts';
import { ERROR_PAGES, typed } from './error-pages.ts';

/** The page of a code, for a terminal. */
export function explanation(code: ErrorCode): string {
  const { means, leaves, from, says, otherwise, rollout, guides } = ERROR_PAGES[code];
  const commands = from.length === 0 ? 'any command' : from.map(typed).join(', ');
  const lines = [
    `${code}, exit code ${exitCodeOf(code)}`,
    means,
    `What it leaves behind: ${leaves}`,
    `Comes from: ${commands}`,
    ...(rollout === undefined ? [] : [`In a rollout: ${rollout}`]),
    ['It says, and then:', ...says.map(saidLine)].join('\n'),
    `Otherwise: ${otherwise}`,
    ...(guides.length === 0
      ? []
      : [`Guides: ${guides.map((guide) => `docs/guides/${guide}.md`).join(', ')}`]),
  ];
  return `${lines.join('\n\n')}\n`;
}

function saidLine({ message, remedy }: (typeof ERROR_PAGES)[ErrorCode]['says'][number]): string {
  return `  ${message.replaceAll('\n', '\n  ')}\n    → ${remedy}`;
}
