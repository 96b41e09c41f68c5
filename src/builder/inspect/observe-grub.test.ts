import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { inspectImage } from './inspect-image.ts';
import { makeTestDisk } from './testing/make-test-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });

test('a disk says which GRUB firmware starts, and that it is damaged', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-grub-report-'));
  const { disk } = await makeTestDisk(path.join(directory.path, 'image'), { epoch: 7 }, commands);
  const label = { version: 'uefi-0123456789abcdef', epoch: 7 };
  const grub = { first: { ...label, isWhole: true }, second: null };
  const subject = 'GRUB';
  const text = 'uefi-0123456789abcdef, of the release with epoch 7';
  const whole = await inspectImage(disk, { commands });
  t.like(whole, { boot: { grub } });
  t.true(whole.findings.some((one) => one.level === 'ok' && one.text === text));
  {
    await using handle = await open(disk, 'r+');
    await handle.write('X', (await readFile(disk)).indexOf('EFI program'));
  }
  const { findings } = await inspectImage(disk, { commands });
  const faults = findings.filter(({ level }) => level === 'fault');
  t.deepEqual(faults, [{ level: 'fault', subject, text: `${text}, is damaged` }]);
});
