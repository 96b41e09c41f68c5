import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { DISK_FAULT_MUTANTS } from './disk-fault-mutants.ts';
import { FILE_MUTANTS } from './file-mutants.ts';
import type { Mutant } from './mutant.ts';
import { POWER_CUT_MUTANTS } from './power-cut-mutants.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const JUDGES = {
  'power cuts': { program: 'judge.ts', mutants: POWER_CUT_MUTANTS },
  'cuts at files': { program: 'judge-files.ts', mutants: FILE_MUTANTS },
  'disk faults': { program: 'judge-disk-faults.ts', mutants: DISK_FAULT_MUTANTS },
} as const;
type Judge = keyof typeof JUDGES;
const NAMES = ['power cuts', 'cuts at files', 'disk faults'] as const;

/** One judge after another: each keeps a core busy. */
let last: Promise<unknown> = Promise.resolve();

async function inTurn(judge: () => Promise<string>): Promise<string> {
  const mine = last.then(judge);
  last = mine.catch(() => undefined);
  return await mine;
}

/** What a judge finds in an agent, or in one without that line. */
async function violationOf(judge: Judge, mutant?: Mutant): Promise<string> {
  const change = mutant === undefined ? [] : ['--import', at('change-source.ts')];
  const env = { KUBEOS_MUTANT: JSON.stringify(mutant ?? {}) };
  const args = [...change, at(JUDGES[judge].program)];
  return await inTurn(async () => (await execa(process.execPath, args, { env })).stdout);
}

for (const judge of NAMES) {
  for (const mutant of JUDGES[judge].mutants) {
    test(`${judge} find out that ${mutant.name}`, async (t) => {
      const violation = await violationOf(judge, mutant);
      t.log(violation);
      t.not(violation, '');
    });
  }
}

// Power cuts of the agent as it is are judged, far more of them, in power-cut.test.ts.
for (const judge of ['cuts at files', 'disk faults'] as const) {
  test(`${judge} find nothing in the agent as it is`, async (t) => {
    t.is(await violationOf(judge), '');
  });
}
