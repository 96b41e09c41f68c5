import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { makeBase, resolveForBuild } from '../bases/make-base.ts';
import { closeScenes, openScene } from '../bases/testing/dnf-scene.ts';
import { definitionSchema, type ImageDefinition } from '../definition/schema.ts';
import { makeRootImage } from '../root-image/make-root-image.ts';
import { removeTree } from '../tree/tree-commands.ts';
import { planBuild, type BuildPlan } from './build-plan.ts';
import { describePlan, planCommands } from './describe-plan.ts';
import type { StepId } from './step.ts';
import { differences, recordCommands, type Recording } from './testing/record-commands.ts';

const { signal } = new AbortController();
const commands = hostCommands({ signal });

test.after.always(closeScenes);

function planIn(directory: string, fields: object): BuildPlan {
  const definition: ImageDefinition = definitionSchema.parse({
    ...{ name: 'node', version: '1', base: { type: 'directory', path: 'tree' } },
    ...fields,
  });
  return planBuild({
    ...{ definition, directory, inputs: [], overrides: {}, epoch: 1_700_000_000 },
    ...{ outputDirectory: directory, workDirectory: path.join(directory, 'work') },
    ...{ cacheDirectory: path.join(directory, 'cache'), locked: null, lockSha256: null },
    ...{ kubeosVersion: '0', kubeosDigest: '0', agentFile: null, locate: () => [] },
  });
}

/** What the base's steps and their plan disagree about. */
async function runBase(plan: BuildPlan): Promise<readonly string[]> {
  await mkdir(plan.workDirectory);
  const recording = recordCommands(commands);
  const host = { ...recording, signal };
  await makeBase(plan, { resolved: await resolveForBuild(plan, host), tools: {} }, host);
  const steps: readonly StepId[] = ['resolve', 'fetch', 'install'];
  return [...steps.flatMap((step) => comparedIn(step, plan, recording)), ...strayIn(recording)];
}

const comparedIn = (step: StepId, plan: BuildPlan, recording: Recording): readonly string[] =>
  differences(planCommands(plan)[step], recording.ranIn(step));
const strayIn = ({ stray }: Recording): readonly string[] => stray.map(({ tool }) => tool);

test('what a dnf base runs is what was planned', async (t) => {
  await using scene = await openScene();
  const { base, packages, arch } = await scene.request('unused');
  t.deepEqual(await runBase(planIn(scene.path, { base, packages, arch })), []);
});

test('what a base that is a folder runs is what was planned', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-plan-'));
  await mkdir(path.join(directory.path, 'tree'));
  t.deepEqual(await runBase(planIn(directory.path, {})), []);
});

test('what a base in an archive runs is what was planned', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-plan-'));
  await writeFile(path.join(directory.path, 'motd'), 'hello');
  const args = ['--create', '--xz', '--file=base.tar.xz', 'motd'];
  await commands.run({ tool: 'tar', args, workingDirectory: directory.path });
  const base = { type: 'tar', path: 'base.tar.xz' };
  t.deepEqual(await runBase(planIn(directory.path, { base })), []);
});

const rootImage = test.macro({
  title: (_, fileSystem: string) => `what a root of ${fileSystem} runs is what was planned`,
  async exec(t, fileSystem: 'ext4' | 'squashfs' | 'erofs') {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-plan-'));
    const plan = planIn(directory.path, { root: { fileSystem } });
    await mkdir(plan.files.tree, { recursive: true });
    for (const file of [plan.files.kernel, plan.files.initramfs, `${plan.files.tree}/motd`]) {
      await writeFile(file, 'content');
    }
    const recording = recordCommands(commands);
    await recording.step('root', async () => {
      await makeRootImage(plan, recording.commands);
      await recording.commands.run(removeTree(plan.files.tree));
    });
    t.deepEqual(comparedIn('root', plan, recording), []);
  },
});
test(rootImage, 'ext4');
test(rootImage, 'squashfs');
test(rootImage, 'erofs');

test('a command that was not planned, or is planned and does not run, is found', (t) => {
  const planned = [
    { tool: 'tar', args: ['--file', '<root file system>.tar', '<names …>'] },
    { tool: 'rm', args: ['-rf', 'a'] },
    { tool: 'rm', args: ['-rf', 'b'], when: 'where there is one' },
  ];
  const ran = [
    { tool: 'tar', args: ['--file', 'a b.tar', 'one', 'two'] },
    { tool: 'tar', args: ['--file', 'other.zip', 'one'] },
    { tool: 'tar', args: ['--file', 'a.tar', 'one'], environment: { TZ: 'UTC' } },
  ];
  t.deepEqual(differences(planned, ran), [
    'not planned: tar --file other.zip one',
    'not planned: TZ=UTC tar --file a.tar one',
    'did not run: rm -rf a',
  ]);
});

test('a dry run names its environment, its input and the case, and no number that nobody knows yet', (t) => {
  const steps = describePlan(planIn('/nowhere', { base: { type: 'apt', suite: 'trixie' } }));
  const lines = steps.flatMap((step) => step.commands);
  t.true(lines.includes('mkfs.vfat /dev/null/none'));
  t.true(lines.some((line) => line.startsWith("APT_CONFIG='<scratch>/apt.conf' TMPDIR=")));
  t.true(lines.some((line) => line.endsWith(" dpkg-deb --field <<< '<package files …>'")));
  t.true(lines.some((line) => /^SOURCE_DATE_EPOCH=\d+ .* mmdebstrap .* {2}# where/.test(line)));
  t.true(lines.some((line) => line.includes("'--data-blocks=<number>'")));
  t.false(lines.some((line) => line.includes('NaN')));
});
