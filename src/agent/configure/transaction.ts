import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NODE_ARGUMENTS_TRIES, type NodeArguments } from '../../disk/node-arguments.ts';
import type { BootArguments } from './boot-arguments.ts';
import { sameSetting, withPartners } from './coupled-settings.ts';
import { endJournal, readJournal, writeJournal, type Journal } from './journal.ts';
import type { KernelSettings } from './kernel-settings.ts';
import { MODEL_FILES } from './model-files.ts';
import { oneSpaced, type ConfigurationPlan, type SysctlWrite } from './plan-configuration.ts';
import { SettingsRefused } from './refusal.ts';
import { forgetStaged, isKept, putBack, replaceByStaged, stageFile } from './staged-file.ts';

/** What a transaction works on. */
export interface ConfigurationHost {
  /** In front of every path; empty on a node. */
  readonly root: string;
  readonly journal: string;
  readonly bootId: string;
  readonly kernel: KernelSettings;
  /** @throws KubeosError HOST_NOT_READY on a node that has no place for them */
  readonly openArguments: () => Promise<BootArguments & AsyncDisposable>;
  readonly isUnitActive: (unit: string) => Promise<boolean>;
  /** Returns once it is well. @throws KubeosError COMMAND_FAILED */
  readonly restartUnit: (unit: string) => Promise<void>;
  /** Whether a file is there. */
  readonly exists: (file: string) => Promise<boolean>;
  /** One line for the journal. */
  readonly log: (line: string) => void;
}

/** Does all of a plan or nothing of it. @throws SettingsRefused, KubeosError COMMAND_FAILED: then all is as before */
export async function applyPlan(plan: ConfigurationPlan, host: ConfigurationHost): Promise<void> {
  const journal = await openTransaction(plan, host);
  const restarted: string[] = [];
  try {
    for (const { path: file } of plan.files) await replaceByStaged(path.join(host.root, file));
    await setArguments(plan, journal, host);
    for (const write of plan.sysctls) await setKernel(write, host.kernel);
    for (const unit of plan.units) {
      restarted.push(unit);
      await host.restartUnit(unit);
    }
  } catch (error) {
    // The others run with what they had.
    await revert({ ...journal, units: restarted }, host);
    throw error;
  }
  await endJournal(host.journal);
  await forgetLeftovers(host);
}

/** Undoes what a transaction left that did not come to its end. @returns whether there was one */
export async function recover(host: ConfigurationHost): Promise<boolean> {
  const journal = await readJournal(host.journal);
  if (journal === 'damaged') await revert(await journalFromFiles(host), host);
  else if (journal !== null) await revert(journal, host);
  await endJournal(host.journal);
  await forgetLeftovers(host);
  return journal !== null;
}

/** What can be put back without it: each file that is still kept under its second name. */
async function journalFromFiles(host: ConfigurationHost): Promise<Journal> {
  const files: Journal['files'][number][] = [];
  for (const file of FILES) {
    if (await isKept(path.join(host.root, file))) files.push({ path: file, existed: true });
  }
  return { schema: 1, bootId: '', files, sysctls: [], units: [], arguments: null };
}

/** Everything that needs room is done here, so that a full PERSIST stops it before anything has changed. */
async function openTransaction(plan: ConfigurationPlan, host: ConfigurationHost): Promise<Journal> {
  const { bootId, kernel, root } = host;
  const files = await Promise.all(
    plan.files.map(async ({ path: file }) => ({
      path: file,
      existed: await host.exists(path.join(root, file)),
    })),
  );
  const sysctls: { name: string; before: string }[] = [];
  for (const name of withPartners(plan.sysctls.map((write) => write.name))) {
    const before = await kernel.read(name);
    if (before !== null) sysctls.push({ name, before: oneSpaced(before) });
  }
  const before = plan.arguments.length === 0 ? null : await readArguments(host);
  const journal = {
    schema: 1,
    bootId,
    files,
    sysctls,
    units: plan.units,
    arguments: before,
  } as const;
  try {
    for (const { path: file, text } of plan.files) await stageFile(path.join(root, file), text);
    await writeJournal(host.journal, journal);
  } catch (error) {
    await endJournal(host.journal);
    await forgetLeftovers(host);
    throw error;
  }
  return journal;
}

async function readArguments({ openArguments }: ConfigurationHost): Promise<NodeArguments> {
  await using boot = await openArguments();
  return await boot.read();
}

/** On trial from the next boot of their slot on: that they are good is not known yet. */
async function setArguments(
  plan: ConfigurationPlan,
  { arguments: before }: Journal,
  host: ConfigurationHost,
): Promise<void> {
  if (before === null) return;
  const changed = plan.arguments.map(([slot, text]) => {
    const words = text.split(' ').filter((word) => word !== '');
    return [slot, { words, left: words.length === 0 ? 0 : NODE_ARGUMENTS_TRIES }] as const;
  });
  await writeArguments({ ...before, ...Object.fromEntries(changed) }, host);
}

async function writeArguments(wanted: NodeArguments, { openArguments }: ConfigurationHost) {
  await using boot = await openArguments();
  if (!isDeepStrictEqual(await boot.read(), wanted)) await boot.write(wanted);
}

async function setKernel({ model, name, value }: SysctlWrite, kernel: KernelSettings) {
  const refuse = (message: string): SettingsRefused => {
    const remedy = 'give a value that this kernel takes';
    return new SettingsRefused([{ model, key: name, rule: 'kernel', message, remedy }]);
  };
  await kernel.write(name, value).catch((error: unknown) => {
    throw refuse(error instanceof Error ? error.message : 'the kernel refuses it');
  });
  const now = await kernel.read(name);
  if (now === null || oneSpaced(now) !== value) {
    throw refuse(`the kernel made ${oneSpaced(now ?? 'nothing')} of ${value}`);
  }
}

async function revert(journal: Journal, host: ConfigurationHost): Promise<void> {
  for (const { path: file, existed } of journal.files) {
    await putBack(path.join(host.root, file), existed);
  }
  if (journal.arguments !== null) await writeArguments(journal.arguments, host);
  // Since a restart the kernel knows nothing of it, and services have read the old files.
  if (journal.bootId === host.bootId) {
    await restoreKernel(journal, host);
    for (const unit of journal.units) {
      await host.restartUnit(unit).catch((error: unknown) => host.log(`${unit}: ${said(error)}`));
    }
  }
  await endJournal(host.journal);
  await forgetLeftovers(host);
}

/** What is not 0 first: of two settings that exclude each other, it makes the other one 0. */
async function restoreKernel({ sysctls }: Journal, { kernel, log }: ConfigurationHost) {
  const zeroLast = sysctls.toSorted((a, b) => Number(a.before === '0') - Number(b.before === '0'));
  for (const { name, before } of zeroLast) {
    if (await sameSetting(kernel, name, before)) continue;
    await kernel.write(name, before).catch((error: unknown) => log(said(error)));
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : 'it failed');

async function forgetLeftovers({ root }: ConfigurationHost): Promise<void> {
  for (const file of FILES) await forgetStaged(path.join(root, file));
}

const FILES = Object.values(MODEL_FILES).filter((file) => file !== null);
