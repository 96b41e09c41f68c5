import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { MUTANTS, type Mutant } from './mutants.ts';

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What the crash enumeration finds in an agent without that line. */
async function violationOf(mutant: Mutant): Promise<string> {
  const env = { KUBEOS_MUTANT: JSON.stringify(mutant) };
  const args = ['--import', at('change-source.ts'), at('judge.ts')];
  return (await execa(process.execPath, args, { env })).stdout;
}

for (const mutant of MUTANTS) {
  test.serial(`power cuts find out that ${mutant.name}`, async (t) => {
    const violation = await violationOf(mutant);
    t.log(violation);
    t.not(violation, '');
  });
}
