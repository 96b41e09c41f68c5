import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { writeDataReport } from '../persist/data-report.ts';
import { dataCheck } from './data-check.ts';

test('data that could not be migrated fails, and says whose fault that is; where nobody looked nothing does', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-data-check-'));
  const file = path.join(directory.path, 'data.json');
  t.deepEqual(await dataCheck(file), []);
  const problem = { blames: 'release', message: 'forward/2 ended with 1' } as const;
  await writeDataReport(file, { epoch: 1, said: null, problem });
  t.deepEqual(await dataCheck(file), [
    { name: 'data', isGood: false, isRequired: true, ...problem },
  ]);
  await writeDataReport(file, { epoch: 1, said: null, problem: null });
  t.deepEqual(await dataCheck(file), []);
});
