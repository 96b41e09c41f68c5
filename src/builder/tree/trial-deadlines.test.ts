import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { definitionSchema } from '../definition/schema.ts';
import { planTrialDeadlines } from './trial-deadlines.ts';

const commands = hostCommands({ signal: new AbortController().signal });

function plan(health: object) {
  const base = { type: 'tar', path: 'root.tar' };
  return planTrialDeadlines(definitionSchema.parse({ name: 'node', version: '1', base, health }));
}

test('each deadline is kept by every way to start, and says how long after the start of the kernel', (t) => {
  const entries = plan({ readySeconds: 100, deadlineSeconds: 50 });
  const files = entries.flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
  const texts = new Map(
    files.map((file) => [path.basename(file.path), Buffer.from(file.content).toString()]),
  );
  t.regex(texts.get('kubeos-trial-ready.timer') ?? '', /^OnBootSec=100$/m);
  t.regex(texts.get('kubeos-trial-verdict.timer') ?? '', /^OnBootSec=330$/m);
  const links = entries.filter(({ kind }) => kind === 'link').map((entry) => entry.path);
  t.is(links.length, 6);
  for (const target of ['sysinit', 'rescue', 'emergency']) {
    t.is(links.filter((link) => link.includes(`/${target}.target.wants/`)).length, 2, target);
  }
});

test('systemd takes the units as they are', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-units-'));
  const units = plan({}).flatMap((entry) => (entry.kind === 'file' ? [entry] : []));
  await mkdir(path.join(dir.path, 'units'));
  for (const { path: place, content } of units) {
    await writeFile(path.join(dir.path, 'units', path.basename(place)), content);
  }
  const files = units.map((unit) => path.join(dir.path, 'units', path.basename(unit.path)));
  const args = ['verify', '--man=no', ...files];
  const { stdout, stderr } = await commands.run({ tool: 'systemd-analyze', args });
  const ours = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('kubeos-'));
  t.deepEqual(ours, []);
});
