import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { argumentName } from '../../configuration/kernel-arguments.ts';
import { sysctlName } from '../../configuration/key-parts.ts';
import { policySchema, type Policy } from '../../configuration/policy.ts';
import type { SlotArguments } from '../../disk/node-arguments.ts';
import { KubeosError } from '../../errors.ts';
import { persistState, type PersistPlaces } from '../health/persist-checks.ts';
import type { ConfigurationOutcome, ConfigurationResult } from './configuration-result.ts';
import { holdAlone } from './hold-alone.ts';
import { MODEL_FILES } from './model-files.ts';
import { argumentsPlace, planConfiguration, type CurrentSettings } from './plan-configuration.ts';
import { SettingsRefused } from './refusal.ts';
import { settingsOf, type ConfigureOrder, type Setting } from './settings.ts';
import { applyPlan, recover, type ConfigurationHost } from './transaction.ts';

export interface ConfigurationParts {
  readonly host: ConfigurationHost;
  /** Of the image: `/usr/lib/kubeos/policy.json`. */
  readonly policy: string;
  readonly persist: PersistPlaces;
  /** The file that is held by who configures. */
  readonly alone: string;
}

/** An order from its beginning to its end: done as a whole, or not at all. Never throws. */
export async function outcomeOf(
  order: ConfigureOrder,
  parts: ConfigurationParts,
): Promise<ConfigurationOutcome> {
  try {
    return { kind: 'done', result: await runConfiguration(order, parts) };
  } catch (error) {
    if (error instanceof SettingsRefused) return { kind: 'refused', refusals: error.refusals };
    if (!(error instanceof Error)) return { kind: 'failed', code: 'INTERNAL', message: 'a bug' };
    return { kind: 'failed', ...failureOf(error) };
  }
}

async function runConfiguration(
  order: ConfigureOrder,
  { host, policy, persist, alone }: ConfigurationParts,
): Promise<ConfigurationResult> {
  await assertLasting(persist);
  using _ = await holdAlone(alone);
  await recover(host);
  const planned = planConfiguration(order, await loadPolicy(policy), await observe(order, host));
  if (planned.kind === 'refused') throw new SettingsRefused(planned.refusals);
  const plan = { ...planned.plan, units: await activeOf(planned.plan.units, host) };
  const parts = [plan.files, plan.sysctls, plan.arguments];
  const isEmpty = parts.every(({ length }) => length === 0);
  if (!order.dryRun && !isEmpty) await applyPlan(plan, host);
  return { changes: plan.changes, restarted: plan.units, dryRun: order.dryRun };
}

/** One that does not run reads its new file when it is started. */
async function activeOf(units: readonly string[], { isUnitActive }: ConfigurationHost) {
  const active: string[] = [];
  for (const unit of units) if (await isUnitActive(unit)) active.push(unit);
  return active;
}

async function assertLasting(places: PersistPlaces): Promise<void> {
  const state = await persistState(places);
  if (state === 'writable') return;
  throw new KubeosError('HOST_NOT_READY', `PERSIST is ${state}: nothing that is set would last`, {
    hint: 'mend PERSIST first: journalctl -b says what is wrong with it',
  });
}

async function loadPolicy(file: string): Promise<Policy> {
  try {
    return policySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    throw new KubeosError('HOST_NOT_READY', `the image has no usable policy (${file})`, {
      cause,
      hint: 'build the image with this version of kubeos',
    });
  }
}

/** Only what the order is about. */
async function observe(order: ConfigureOrder, host: ConfigurationHost): Promise<CurrentSettings> {
  const settings = settingsOf(order);
  const files = new Map<string, string | null>();
  const sysctls = new Map<string, string | null>();
  for (const { model, key } of settings) {
    const file = MODEL_FILES[model];
    if (file !== null) files.set(file, await textOf(path.join(host.root, file)));
    if (!model.startsWith('kernel.')) continue;
    const name = sysctlName(key);
    sysctls.set(name, await host.kernel.read(name));
  }
  if (!settings.some(({ model }) => model.startsWith('grub.')))
    return { files, sysctls, booted: null };
  await using boot = await host.openArguments();
  const found = await boot.read();
  const { booted } = boot;
  for (const slot of ['A', 'B'] as const) {
    const model = slot === booted ? 'grub.cmdline.current' : 'grub.cmdline.next';
    const deleted = settings.filter((setting) => setting.isDeleted && setting.model === model);
    files.set(argumentsPlace(slot), textOfArguments(found[slot], deleted));
  }
  return { files, sysctls, booted };
}

/**
 * Those that are not tried any more count as not there: who sets them again wants them tried again. Who deletes one of them
 * wants the others tried without it.
 */
function textOfArguments({ words, left }: SlotArguments, deleted: readonly Setting[]): string {
  const names = new Set(deleted.map(({ key }) => argumentName(key)));
  const isOne = words.some((word) => names.has(argumentName(word)));
  return left === 0 && !isOne ? '' : words.join(' ');
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function failureOf(error: Error): { code: string; message: string; hint?: string } {
  if (error instanceof KubeosError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint !== undefined && { hint }) };
  }
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
    const hint = 'free some room on /persist, and inodes: df -h /persist; df -i /persist';
    return { code: 'NO_SPACE', message: 'PERSIST has no room for the new files', hint };
  }
  return { code: 'INTERNAL', message: error.message };
}
