import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { COMMITTED, UNBOOTABLE, type NodeState } from '../slots/node-state.ts';
import { writeDataReport } from './data-report.ts';
import { secureWayBack } from './way-back.ts';

const slot = (digit: string, dataEpoch: number) => ({
  ...({ state: 'good', since: new Date(0).toISOString(), activatedIn: null } as const),
  release: {
    ...{ digest: `sha256:${digit.repeat(64)}`, version: digit, epoch: 1, securityFloor: 0 },
    ...{ image: null, dataEpoch },
  },
});

/** A node that runs slot A with data of epoch 3. @returns which commands were run */
async function leave(to: number, hooks: readonly number[], isTrial = false): Promise<string[]> {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-way-'));
  const dataReport = path.join(directory.path, 'data.json');
  await writeDataReport(dataReport, { epoch: 3, said: null, problem: null });
  const state: NodeState = {
    records: { A: slot('a', 3), B: slot('b', to), failed: [], floor: 0 },
    environment: { order: 'A B', A: isTrial ? UNBOOTABLE : COMMITTED, B: COMMITTED },
  };
  const ran: string[] = [];
  const run = async (program: string, args: readonly string[]): Promise<void> =>
    void ran.push([program, ...args].join(' '));
  const find = async (direction: string, epoch: number): Promise<string | null> =>
    direction === 'back' && hooks.includes(epoch) ? 'hook' : null;
  await secureWayBack({ disk: { booted: 'A' }, dataReport, hooks: { find }, run }, state);
  return ran;
}

test('a release of an older data epoch is gone back to only where every step has a hook', async (t) => {
  t.deepEqual(await leave(1, [2, 3]), ['systemctl --no-block start kubeos-data-back.service']);
  await t.throwsAsync(leave(1, [3]), { code: 'REFUSED', message: /no way back from data epoch 2/ });
  await t.throwsAsync(leave(0, [2, 3]), { code: 'REFUSED', message: /epoch 1/ });
});

test('nothing has to be migrated for the same epoch or a newer one, nor from a trial', async (t) => {
  t.deepEqual(await leave(3, []), []);
  t.deepEqual(await leave(4, []), []);
  t.deepEqual(await leave(1, [], true), []);
});
