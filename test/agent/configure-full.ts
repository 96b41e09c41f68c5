import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { outcomeOf } from '../../src/agent/configure/run-configuration.ts';
import {
  fillTestNode,
  partsOf,
  textsBelow,
  WIDE_POLICY,
} from '../../src/agent/configure/testing/test-host.ts';
import { ORDER } from './configure-order.ts';

// Configures a node on a file system that is nearly full, for each number of pages and inodes that are left:
// `node test/agent/configure-full.ts FOLDER bytes|inodes`. Says on stdout what came of each.
const [directory = '', kind = ''] = process.argv.slice(2);
const PAGE = 4096;
const MOST = 16;

/** Takes everything, then gives some back. */
async function fillUp(fillers: string, left: number): Promise<void> {
  const bytes = Buffer.alloc(kind === 'bytes' ? PAGE : 0);
  await mkdir(fillers);
  const made: string[] = [];
  for (let number = 0; ; number += 1) {
    const file = path.join(fillers, String(number));
    try {
      await writeFile(file, bytes);
      made.push(file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      break;
    }
  }
  for (const file of made.slice(0, left)) await rm(file);
}

for (let left = 0; left <= MOST; left += 1) {
  const node = path.join(directory, 'node');
  await mkdir(node);
  await fillTestNode(node, WIDE_POLICY);
  const before = JSON.stringify(await textsBelow(node));
  await fillUp(path.join(directory, 'fillers'), left);
  const outcome = await outcomeOf(ORDER, partsOf(node));
  const said = outcome.kind === 'failed' ? outcome.code : outcome.kind;
  const isSame = JSON.stringify(await textsBelow(node)) === before;
  process.stdout.write(`${left} ${said} ${isSame ? 'unchanged' : 'changed'}\n`);
  await rm(node, { recursive: true });
  await rm(path.join(directory, 'fillers'), { recursive: true });
}
