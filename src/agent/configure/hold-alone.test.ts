import { execFile } from 'node:child_process';
import { mkdtempDisposable, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { holdAlone } from './hold-alone.ts';
import { outcomeOf } from './run-configuration.ts';
import { configureOrderSchema } from './settings.ts';
import { testConfiguration, WIDE_POLICY } from './testing/test-host.ts';

const contents = [{ key: 'vm.swappiness', value: 10 }];
const ORDER = configureOrderSchema.parse({ models: [{ model: 'kernel.sysctl', contents }] });

test('a second configuration is told to wait, changes nothing, and may come later', async (t) => {
  await using node = await testConfiguration(WIDE_POLICY);
  const before = await node.snapshot();
  {
    using _ = await holdAlone(node.parts.alone);
    const outcome = await outcomeOf(ORDER, node.parts);
    t.like(outcome, { kind: 'failed', code: 'REFUSED', hint: 'wait for its end' });
    t.deepEqual(await node.snapshot(), before);
  }
  t.like(await outcomeOf(ORDER, node.parts), { kind: 'done' });
});

test('only root comes to the lock, and a process that is killed has it no more', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-alone-');
  const file = path.join(directory.path, 'configure/lock');
  const hold = (then: string): Promise<unknown> => {
    const script = `
      import { holdAlone } from '${import.meta.resolve('./hold-alone.ts')}';
      const held = await holdAlone(process.argv[1]).catch(({ code }) => code);
      console.log(held === 'REFUSED' ? held : 'held');
      ${then}`;
    return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, file]);
  };
  await t.throwsAsync(hold("process.kill(process.pid, 'SIGKILL')"), { message: /^Command failed/ });
  t.like(await stat(file), { size: 0, mode: 0o100600 });
  using _ = await holdAlone(file);
  t.like(await hold(''), { stdout: 'REFUSED\n', stderr: '' });
});
