import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { outcomeOf } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { testConfiguration, WIDE_POLICY } from './testing/test-host.ts';

const contents = [{ key: 'vm.swappiness', value: 10 }];
const ORDER = configureOrderSchema.parse({ models: [{ model: 'kernel.sysctl', contents }] });

test('where an initramfs leaves no word of PERSIST, it counts as it is mounted', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const { proc, persistState } = node.parts.persist;
  await rm(persistState);
  t.like(await outcomeOf(ORDER, node.parts), {
    message: 'PERSIST is not mounted: nothing that is set would last',
  });
  await mkdir(path.join(proc, 'self'), { recursive: true });
  await writeFile(path.join(proc, 'self/mounts'), '/dev/x /persist ext4 rw,nodev 0 0\n');
  t.like(await outcomeOf(ORDER, node.parts), { kind: 'done' });
});
