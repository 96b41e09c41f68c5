import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { hostCommands } from '../../src/host/run-commands.ts';
import { writePlantedFiles } from './planted-image.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const SCRIPT = fileURLToPath(new URL('../../fixtures/inventory/validate.py', import.meta.url));
const PACKAGES = [
  'spdx-tools==0.8.5',
  'cyclonedx-python-lib[json-validation]==11.12.0',
  'in-toto-attestation==0.9.3',
];

test('SPDX, CycloneDX and in-toto validators find no fault in what a build writes', async (t) => {
  await using work = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const python = path.join(work.path, 'venv/bin/python');
  await commands.run({ tool: 'python3', args: ['-m', 'venv', path.join(work.path, 'venv')] });
  await commands.run({ tool: python, args: ['-m', 'pip', 'install', '--quiet', ...PACKAGES] });
  const files = await writePlantedFiles(work.path);
  const lists = [files.spdx, files.cycloneDx, files.provenance];
  const sound = await commands.run({ tool: python, args: [SCRIPT, ...lists] });
  t.is(sound.stdout, '');

  // The validators do look: each finds the fault that is put into its file.
  await spoil(files.spdx, '"SPDXID": "SPDXRef-Image"', '"SPDXID": "SPDXRef-Im_age"');
  await spoil(files.cycloneDx, '"type": "operating-system"', '"type": "system"');
  await spoil(files.provenance, '"builder":', '"maker":');
  const spoilt = await commands.run({ tool: python, args: [SCRIPT, ...lists] });
  t.deepEqual(
    [...new Set(spoilt.stdout.match(/^(?:spdx|cyclonedx|provenance): /gm))],
    ['spdx: ', 'cyclonedx: ', 'provenance: '],
  );
});

async function spoil(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(from, to));
}
