import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { blocksOf, PROJECT, type Block, type Page } from './page.ts';

/** Of the label of a block: `sh test`, `sh test exit=6`, `yaml test file=signers.yaml`, `text output`. */
interface Marked extends Block {
  readonly kind: 'run' | 'file' | 'output' | 'shown';
  /** That a block to be run ends with. */
  readonly exitCode: number;
  readonly file: string;
}

/** What a page shows differently from what is so. */
export interface Difference {
  /** `docs/guides/keys.md:12` */
  readonly place: string;
  readonly said: string;
}

/**
 * Does in a folder what the marked blocks of a page show, in their order, each by a shell that ends at the first
 * failure. A block `text output` is compared with what the one before it wrote to standard output; in it `…` stands for
 * anything within a line, and alone for any lines.
 */
export async function runPage(page: Page, folder: string): Promise<readonly Difference[]> {
  const env = await environmentIn(folder);
  const differences: Difference[] = [];
  let output = '';
  for (const block of blocksOf(page).map(markedAs)) {
    const differs = (said: string): void =>
      void differences.push({ place: `${page.file}:${block.line}`, said });
    if (block.kind === 'file') await writeFile(path.join(folder, block.file), block.text);
    else if (block.kind === 'run') {
      const { stdout, stderr, exitCode } = await execa(
        'bash',
        ['-euo', 'pipefail', '-c', block.text],
        {
          ...{ cwd: folder, env, stdin: 'ignore', reject: false, timeout: 600_000 },
        },
      );
      output = stdout;
      if (exitCode !== block.exitCode) {
        differs(`ends with ${exitCode}, not ${block.exitCode}: ${stderr}${stdout}`);
      }
    } else if (block.kind === 'output' && !patternOf(block.text).test(`${output}\n`)) {
      differs(`is not what was written:\n${output}`);
    }
  }
  return differences;
}

/** Whether anything of it is run. */
export const isTested = (page: Page): boolean =>
  blocksOf(page).some((block) => markedAs(block).kind === 'run');

function markedAs(block: Block): Marked {
  const [language = '', ...marks] = block.label.split(' ');
  const markOf = (name: string): string | undefined =>
    marks.find((mark) => mark.startsWith(`${name}=`))?.slice(name.length + 1);
  const file = markOf('file') ?? '';
  const exitCode = Number(markOf('exit') ?? 0);
  if (marks[0] === 'output') return { ...block, kind: 'output', exitCode, file };
  if (marks[0] !== 'test') return { ...block, kind: 'shown', exitCode, file };
  return { ...block, kind: language === 'sh' ? 'run' : 'file', exitCode, file };
}

function patternOf(expected: string): RegExp {
  const lines = expected.split('\n').map((line) =>
    line === '…'
      ? '(?:.*\n)*?'
      : `${line
          .split('…')
          .map((piece) => RegExp.escape(piece))
          .join('.*')}\n`,
  );
  // The last one is what follows the last line break.
  return new RegExp(`^${lines.slice(0, -1).join('')}\\s*$`);
}

/** `kubeos` is the one of this tree; a passphrase is in the environment, as in CI. */
async function environmentIn(folder: string): Promise<Record<string, string>> {
  const programs = path.join(folder, '.bin');
  await mkdir(programs);
  const program = path.join(programs, 'kubeos');
  await writeFile(
    program,
    `#!/bin/sh\nexec "${process.execPath}" "${PROJECT}/bin/kubeos.ts" "$@"\n`,
  );
  await chmod(program, 0o755);
  return {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    KUBEOS_PASSPHRASE: 'correct horse battery staple',
    HOME: folder,
  };
}
