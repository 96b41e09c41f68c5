import { blocksOf, inlineCodeOf, type Page } from './page.ts';

/** A call of one of our programs, as a page shows it. */
export interface Called {
  /** `docs/guides/ci.md:12` */
  readonly place: string;
  readonly program: 'kubeos' | 'kubeos-agent';
  readonly words: readonly string[];
}

/** What a shell, or a reader, takes for the end of a command. */
const ENDS = /\s#|[|;&><)\n·─`]|\s→|\s\\\s*$/;

/** Every call in blocks and between backticks; a line that goes on after a backslash is one. */
export function calledCommands(page: Page): Called[] {
  return [...blocksOf(page), ...inlineCodeOf(page)].flatMap(({ text, line }) => {
    const joined = text.replaceAll(/\\\n\s*/g, ' ').replaceAll(String.raw`\|`, '|');
    return [...joined.matchAll(CALL)].flatMap(({ 1: program, 2: rest = '' }) =>
      program === 'kubeos' || program === 'kubeos-agent'
        ? [{ place: `${page.file}:${line}`, program, words: wordsOf(rest) }]
        : [],
    );
  });
}

/** What follows is looked at, and not taken: another call may be in it. */
const CALL = /(?<![\w./@:"=-])(kubeos(?:-agent)?) +(?=[a-z-])(?=([^\n]*))/g;

function wordsOf(rest: string): string[] {
  // Alternatives such as `pause|resume` are one word, whatever a shell would make of it.
  const marked = rest.replaceAll(/(?<=\w)\|(?=[\w…])/g, '\u0000');
  const end = ENDS.exec(withoutQuoted(marked))?.index ?? marked.length;
  const words = marked.slice(0, end).match(/'[^']*'|"[^"]*"|\$\{\{.*?\}\}|\$\{[^}]*\}|\S+/g) ?? [];
  return words.map((word) => word.replaceAll('\u0000', '|').replaceAll(/^["']|["']$/g, ''));
}

const withoutQuoted = (text: string): string =>
  text.replaceAll(/'[^']*'|"[^"]*"|\$\{\{.*?\}\}|\$\{[^}]*\}/g, (quoted) =>
    'x'.repeat(quoted.length),
  );
