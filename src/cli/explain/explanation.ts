import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SaidMessage } from './error-page.ts';
import { anyOrigin, ERROR_PAGES, exitCodeOfPage, typed, type PageCode } from './error-pages.ts';

/** The package has them with it. */
const GUIDES = fileURLToPath(new URL('docs/guides', import.meta.resolve('#package')));

/** The page of a code, for a terminal. */
export function explanation(code: PageCode): string {
  const { means, leaves, from, says, otherwise, worked, rollout, guides } = ERROR_PAGES[code];
  const commands = from.length === 0 ? anyOrigin(code) : from.map(typed).join(', ');
  const exitCode = exitCodeOfPage(code);
  const lines = [
    exitCode === null ? code : `${code}, exit code ${exitCode}`,
    means,
    `What it leaves behind: ${leaves}`,
    `Comes from: ${commands}`,
    ...(rollout === undefined ? [] : [`In a rollout: ${rollout}`]),
    ['It says, and then:', ...says.map(saidLine)].join('\n'),
    `Otherwise: ${otherwise}`,
    `It worked when: ${worked}`,
    ...(guides.length === 0
      ? []
      : [['Guides:', ...guides.map((guide) => `  ${path.join(GUIDES, guide)}.md`)].join('\n')]),
  ];
  return `${lines.join('\n\n')}\n`;
}

function saidLine({ message, remedy }: SaidMessage): string {
  return `  ${message.replaceAll('\n', '\n  ')}\n    → ${remedy}`;
}
