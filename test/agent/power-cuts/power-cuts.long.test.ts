import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { copySparse } from '../../../src/disk/copy-sparse.ts';
import { startAgentScene } from '../agent-scene.ts';
import { cutPower, type CutReport } from './cut-power.ts';

const CUTS = Number(process.env['KUBEOS_POWER_CUTS'] ?? 100);
/** Where to keep images, disk and table, and to go on from what is there; default: everything is made, and removed. */
const KEPT = process.env['KUBEOS_POWER_CUTS_IN'];

test('power is cut a hundred times at writes and moments of upgrades among three releases: the node always comes up healthy, and goes on', async (t) => {
  t.timeout(24 * 3600 * 1000);
  await using scene = await startAgentScene({ kept: KEPT });
  const releases = {
    '1.0.0': await scene.release('1.0.0'),
    '2.0.0': await scene.release('2.0.0', { definition: 'second.yaml' }),
    '3.0.0': await scene.release('3.0.0', { set: ['sysctl.vm.swappiness=9'] }),
  };
  const disk = path.join(scene.directory, 'node.raw');
  const table = path.join(scene.directory, 'cuts.jsonl');
  const rows = await rowsOf(table);
  if (rows.length === 0) await copySparse(scene.disk('1.0.0'), disk);
  const completedBefore = rows.flatMap(({ completed }) => completed).length;
  let goal = rows.at(-1)?.goal ?? '2.0.0';
  for (let count = 0; count < CUTS; count += 1) {
    const report = await cutPower({ disk, index: rows.length, releases, goal });
    ({ goal } = report);
    rows.push(report);
    await appendFile(table, `${JSON.stringify(report)}\n`);
    t.log(rowText(report));
  }
  const completed = rows.flatMap((row) => row.completed).length;
  t.log(`${rows.length} cuts, ${completed} upgrades completed`);
  t.true(completed > completedBefore || CUTS < 10);
});

async function rowsOf(table: string): Promise<CutReport[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CutReport);
}

function rowText({ index, point, stage, cameUp, starts, completed, seconds }: CutReport): string {
  const done = completed.length === 0 ? '' : `; completed: ${completed.join(', ')}`;
  return `${index}: ${cameUp}${done}; cut in ${stage}: ${point} (${starts} starts, ${seconds} s)`;
}
