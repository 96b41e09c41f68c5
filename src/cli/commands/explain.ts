import { z } from 'zod';
import type { CommandRun } from '../command-spec.ts';
import { ERROR_PAGES, exitCodeOfPage, PAGE_CODES, type PageCode } from '../explain/error-pages.ts';
import { explanation } from '../explain/explanation.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ code: z.enum(['all', ...PAGE_CODES]), json: z.boolean() });

/** `kubeos explain`: what an error code means; the same as docs/reference/errors/ has. */
export const runExplainCommand: CommandRun = async (args, { stdout }) => {
  const { code, json } = readArguments(argumentsSchema, args);
  const codes = code === 'all' ? PAGE_CODES : [code];
  if (json) {
    const content = codes.map((one) => ({
      code: one,
      exitCode: exitCodeOfPage(one),
      ...ERROR_PAGES[one],
    }));
    stdout.write(
      `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind: 'ErrorCodes', codes: content })}\n`,
    );
  } else stdout.write(code === 'all' ? list() : explanation(code));
  return 0;
};

function list(): string {
  const width = Math.max(...PAGE_CODES.map(({ length }) => length));
  const line = (code: PageCode): string =>
    `${code.padEnd(width)}  ${String(exitCodeOfPage(code) ?? '-').padStart(3)}  ${ERROR_PAGES[code].means}\n`;
  return PAGE_CODES.map(line).join('');
}
