import { mkdtempDisposable, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { planCommands } from '../../src/builder/build/describe-plan.ts';
import { runBuild } from '../../src/builder/build/run-build.ts';
import { STEP_IDS } from '../../src/builder/build/step.ts';
import { differences, recordCommands } from '../../src/builder/build/testing/record-commands.ts';
import { openWorkDirectory } from '../../src/builder/build/work-directory.ts';
import { loadBuildPlan } from '../../src/cli/load-build-plan.ts';
import { commands, kubeos, ROOT } from '../boot/testbed.ts';

const DEFINITION = path.join(ROOT, 'fixtures/images/minimal/kubeos.yaml');

test('a dry run shows the commands that a build runs, in its steps, and no others', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-dry-run-');
  const script = "[{name: note, run: '#!/bin/sh\n\ntouch /etc/noted'}]";
  const plan = await loadBuildPlan(
    {
      ...{ definition: DEFINITION, out: directory.path, locked: false },
      set: ['outputs=[raw, qcow2, vmdk, vhd, pxe, oci]', `scripts=${script}`],
      // A cache of its own, so that the root file system is really made.
      cacheDirectory: path.join(directory.path, 'cache'),
    },
    commands,
  );
  await using work = await openWorkDirectory(plan.workDirectory, commands);
  t.is(work.path, plan.workDirectory);
  const { signal } = new AbortController();
  const recording = recordCommands(commands);
  await runBuild(plan, { ...recording, signal });
  const planned = planCommands(plan);
  for (const id of STEP_IDS) t.deepEqual(differences(planned[id], recording.ranIn(id)), [], id);
  t.deepEqual(recording.stray, []);
});

test('a build that finds all up to date leaves the log of the one that made it', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-log-');
  const build = async () => await kubeos('build', DEFINITION, '--out', directory.path, '--quiet');
  await build();
  const log = await readFile(path.join(directory.path, 'build.log'), 'utf8');
  t.regex(log, /mke2fs/);
  t.regex(await build(), /up to date/);
  t.is(await readFile(path.join(directory.path, 'build.log'), 'utf8'), log);
});
