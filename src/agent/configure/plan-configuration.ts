import path from 'node:path';
import { sysctlName } from '../../configuration/key-parts.ts';
import type { ConfigurationModel } from '../../configuration/models.ts';
import type { Policy } from '../../configuration/policy.ts';
import type { Change, EditText } from './change.ts';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import { otherSlot } from '../slots/node-state.ts';
import { MODEL_FILES, MODEL_UNITS } from './model-files.ts';
import { editContainerdFile } from './models/containerd-file.ts';
import { editArguments } from './models/kernel-arguments.ts';
import { editKubeletFile } from './models/kubelet-file.ts';
import { editLimitsFile, withKeptFields } from './models/limits-file.ts';
import { editSysctlFile } from './models/sysctl-file.ts';
import type { Refusal } from './refusal.ts';
import { refusePaths, refuseSetting } from './refuse-settings.ts';
import { settingsOf, valueTexts, type ConfigureOrder, type Setting } from './settings.ts';

/** What of the node an order is about, as it is now. */
export interface CurrentSettings {
  /** By path, and arguments by `argumentsPlace`; null for one that is not there. */
  readonly files: ReadonlyMap<string, string | null>;
  /** Of the running kernel, by their names with dots; null for one that this kernel does not have. */
  readonly sysctls: ReadonlyMap<string, string | null>;
  /** The slot that runs; null where the order is not about slots. */
  readonly booted: Slot | null;
}

/** Everything that will be done. All of it empty: nothing is to do. */
export interface ConfigurationPlan {
  readonly changes: readonly Change[];
  readonly files: readonly { readonly path: string; readonly text: string }[];
  readonly sysctls: readonly SysctlWrite[];
  /** Kernel arguments of slots, words with a space between them; from the next boot of the slot on, on trial. */
  readonly arguments: readonly (readonly [Slot, string])[];
  /** To restart, in this order. */
  readonly units: readonly string[];
}

export interface SysctlWrite {
  readonly model: ConfigurationModel;
  readonly name: string;
  readonly value: string;
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: ConfigurationPlan }
  | { readonly kind: 'refused'; readonly refusals: readonly Refusal[] };

/** From what is wanted, allowed and there to a difference, or to everything that is against it. Pure. */
export function planConfiguration(
  order: ConfigureOrder,
  policy: Policy,
  current: CurrentSettings,
): Planned {
  const settings = settingsOf(order).map((setting) =>
    withKeptFields(setting, textOf(setting, current)),
  );
  const files = new Map(current.files);
  const found: Found = { changes: [], sysctls: [], refusals: refusePaths(order) };
  for (const [index, setting] of settings.entries()) {
    const { model, key } = setting;
    const reason =
      refuseSetting(setting, policy, settings.slice(0, index)) ??
      editFile(setting, { ...current, files }, found) ??
      changeKernel(setting, current, found);
    if (reason !== null) found.refusals.push({ model, key, ...reason });
  }
  if (found.refusals.length > 0) return { kind: 'refused', refusals: found.refusals };
  const { changes, sysctls } = found;
  const changed = [...files].filter(([place, text]) => text !== current.files.get(place));
  return {
    kind: 'planned',
    plan: {
      ...{ changes, sysctls, units: unitsOf(changes) },
      arguments: SLOTS.flatMap((slot) =>
        changed
          .filter(([place]) => place === argumentsPlace(slot))
          .map(([, text]) => [slot, text ?? ''] as const),
      ),
      files: changed
        .filter(([place]) => path.isAbsolute(place))
        .map(([place, text]) => ({ path: place, text: text ?? '' })),
    },
  };
}

/** What is gathered on the way. */
interface Found {
  readonly changes: Change[];
  readonly sysctls: SysctlWrite[];
  readonly refusals: Refusal[];
}

type Reason = Omit<Refusal, 'model' | 'key'>;

const EDITORS: Partial<Readonly<Record<ConfigurationModel, EditText>>> = {
  'grub.cmdline.current': editArguments,
  'grub.cmdline.next': editArguments,
  'kernel.sysctl.persist': editSysctlFile,
  'kubernetes.kubelet': editKubeletFile,
  'container.containerd': editContainerdFile,
  'pam.limits': editLimitsFile,
};

function textOf({ model }: Setting, { files, booted }: CurrentSettings): string | null {
  return files.get(placeOf(model, booted) ?? '') ?? null;
}

const SLOTS: readonly Slot[] = ['A', 'B'];

/** In place of a path: arguments lie in no file that a person could look at. */
export const argumentsPlace = (slot: Slot): string => `kernel arguments of slot ${slot}`;

/** `current` is the slot that runs when it is asked for, `next` the other one, as in KubeOS. */
function placeOf(model: ConfigurationModel, booted: Slot | null): string | null {
  if (booted === null || !model.startsWith('grub.')) return MODEL_FILES[model];
  return argumentsPlace(model === 'grub.cmdline.current' ? booted : otherSlot(booted));
}

function editFile(
  setting: Setting,
  { files, booted }: CurrentSettings & { readonly files: Map<string, string | null> },
  found: Found,
): Reason | null {
  const { model, key } = setting;
  const file = placeOf(model, booted);
  const edit = EDITORS[model];
  if (file === null || edit === undefined) return null;
  const text = files.get(file) ?? null;
  const edited = edit(text, setting);
  if (edited.kind === 'refused') return edited.reason;
  const { before, after } = edited;
  if (edited.text === (text ?? '')) return null;
  files.set(file, edited.text);
  found.changes.push({ model, key, file, before, after });
  return null;
}

/** Both sysctl models set the running kernel; what is deleted stays in it until the next start. */
function changeKernel(
  { model, key, value, isDeleted }: Setting,
  { sysctls }: CurrentSettings,
  found: Found,
): Reason | null {
  const isOfKernel = model === 'kernel.sysctl' || model === 'kernel.sysctl.persist';
  if (!isOfKernel || isDeleted) return null;
  const name = sysctlName(key);
  const before = sysctls.get(name) ?? null;
  if (before === null) {
    const remedy = 'check its name, and whether its module is loaded';
    return { rule: 'unknown', message: 'this kernel does not have it', remedy };
  }
  const [wanted = ''] = valueTexts(value).map(oneSpaced);
  if (oneSpaced(before) === wanted) return null;
  found.sysctls.push({ model, name, value: wanted });
  found.changes.push({ model, key, file: null, before: oneSpaced(before), after: wanted });
  return null;
}

/** The kernel separates numbers by tabs. */
export const oneSpaced = (text: string): string => text.trim().split(/\s+/).join(' ');

function unitsOf(changes: readonly Change[]): string[] {
  const models = new Set(changes.map(({ model }) => model));
  return Object.entries(MODEL_UNITS)
    .filter(([model]) => models.has(model))
    .map(([, unit]) => unit);
}
