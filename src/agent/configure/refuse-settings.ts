import { INSTEAD, isForbidden } from '../../configuration/forbidden-settings.ts';
import { KEY_FORMS, keyParts } from '../../configuration/key-parts.ts';
import type { ConfigurationModel } from '../../configuration/models.ts';
import { judgeByPolicy, valuePatterns, type Policy } from '../../configuration/policy.ts';
import { MODEL_FILES } from './model-files.ts';
import { printable, type Refusal } from './refusal.ts';
import {
  isList,
  valueTexts,
  type ConfigureOrder,
  type Setting,
  type SettingValue,
} from './settings.ts';
import { policyValues } from './models/limits-file.ts';

/** Everything that can be said against an order without looking at the node: by its models, and by each setting. */
export function refusePaths({ models }: ConfigureOrder): Refusal[] {
  return models.flatMap(({ model, configpath }) => pathRefusals(model, configpath));
}

/** The first thing that is against a setting: what is no key cannot be looked up in a policy. */
export function refuseSetting(
  setting: Setting,
  policy: Policy,
  earlier: readonly Setting[],
): Reason | null {
  return (
    keyRefusal(setting) ??
    valueRefusal(setting) ??
    operationRefusal(setting) ??
    forbiddenRefusal(setting) ??
    policyRefusal(setting, policy) ??
    duplicateRefusal(setting, earlier)
  );
}

type Reason = Omit<Refusal, 'model' | 'key'>;

function pathRefusals(model: ConfigurationModel, configpath: string | undefined): Refusal[] {
  const own = MODEL_FILES[model];
  if (configpath === undefined || configpath === '' || configpath === own) return [];
  const message = `${printable(configpath)} is not its file`;
  const remedy = own === null ? 'leave configpath out' : `leave configpath out: it is ${own}`;
  return [{ model, key: 'configpath', rule: 'configpath', message, remedy }];
}

function keyRefusal({ model, key }: Setting): Reason | null {
  const isPattern = key.includes('*') && model !== 'pam.limits';
  if (keyParts(model, key) !== null && !isPattern) return null;
  return { rule: 'key', message: `${printable(key)} is no key`, remedy: KEY_FORMS[model] };
}

/** Files and the kernel take lines: what ends one, hides in one or is cut off in one is not written. */
const PLAIN = /^[\x20-\x7e]*$/;

function valueRefusal(setting: Setting): Reason | null {
  const { model, value, isDeleted } = setting;
  const of = (message: string, remedy: string): Reason => ({ rule: 'value', message, remedy });
  if (value === undefined) return isDeleted ? null : of('it has no value', 'give one');
  const items = isList(value) ? value : [value];
  const inexact = items.find((item) => typeof item === 'number' && !isExact(item));
  if (inexact !== undefined) {
    return of(`${inexact} cannot be kept exactly`, 'write a smaller number, or text');
  }
  const text = valueTexts(value).find((one) => !PLAIN.test(one));
  if (text !== undefined) {
    return of(`${printable(text)} holds more than printable ASCII`, 'write one plain line');
  }
  const isOfKind = VALUE_KINDS[model].test(kindOf(value));
  return isOfKind
    ? null
    : of(`${printable(JSON.stringify(value))} is of the wrong kind`, VALUE_FORMS[model]);
}

const isExact = (value: number): boolean =>
  Number.isSafeInteger(value) || (!Number.isInteger(value) && Number.isFinite(value));

function kindOf(value: SettingValue): string {
  if (isList(value)) return value.includes(null) ? 'list with null' : 'list';
  if (value === null) return 'null';
  return typeof value === 'string' && value.trim() === '' ? 'empty' : typeof value;
}

const LINE = /^(?:string|number)$/;
const VALUE_KINDS: Readonly<Record<ConfigurationModel, RegExp>> = {
  'kernel.sysctl': LINE,
  'kernel.sysctl.persist': LINE,
  'grub.cmdline.current': /^(?:string|number|empty|null)$/,
  'grub.cmdline.next': /^(?:string|number|empty|null)$/,
  'kubernetes.kubelet': /./,
  'container.containerd': /^(?:string|number|boolean|list|empty)$/,
  'pam.limits': LINE,
};

const VALUE_FORMS: Readonly<Record<ConfigurationModel, string>> = {
  'kernel.sysctl': 'write text or a number',
  'kernel.sysctl.persist': 'write text or a number',
  'grub.cmdline.current': 'write text or a number, or nothing for an argument without a value',
  'grub.cmdline.next': 'write text or a number, or nothing for an argument without a value',
  'kubernetes.kubelet': 'write a value of YAML',
  'container.containerd': 'write text, a number, true, false, or a list of these',
  'pam.limits': 'write type.item.value, such as hard.nproc.4096',
};

function operationRefusal({ model, isDeleted }: Setting): Reason | null {
  if (model !== 'kernel.sysctl' || !isDeleted) return null;
  const message = 'the running kernel does not know what it was before';
  return { rule: 'operation', message, remedy: 'set it to the value that it should have' };
}

function forbiddenRefusal({ model, key }: Setting): Reason | null {
  if (!isForbidden(model, key)) return null;
  const message = 'no policy may allow it: who sets it becomes root on the node';
  return { rule: 'forbidden', message, remedy: INSTEAD[model] };
}

function policyRefusal(setting: Setting, policy: Policy): Reason | null {
  const { model, key } = setting;
  const values = policyValues(setting);
  const answer = judgeByPolicy(policy, { model, key, values });
  if (answer === 'allowed') return null;
  const remedy = `allow it under configuration."${model}" of the image definition, or set it in the image`;
  if (answer === 'key') {
    return { rule: 'policy', message: "the image's policy does not allow this key", remedy };
  }
  const patterns = valuePatterns(policy, model, key).join(' or ');
  const message = `the image's policy allows only ${patterns}, not ${printable(values.join(', '))}`;
  return { rule: 'policy', message, remedy };
}

function duplicateRefusal(setting: Setting, earlier: readonly Setting[]): Reason | null {
  const identity = identityOf(setting);
  const first = earlier.find((one) => identityOf(one) === identity);
  if (first === undefined) return null;
  const message = `${first.model} ${printable(first.key)} sets the same`;
  return { rule: 'duplicate', message, remedy: 'keep one of the two' };
}

/** Of a domain of limits.conf there are several limits; both sysctl models set the running kernel. */
function identityOf(setting: Setting): string {
  const { model, key } = setting;
  const parts = keyParts(model, key) ?? [key];
  const [value = ''] = model === 'pam.limits' ? policyValues(setting) : [];
  const kind = model === 'kernel.sysctl.persist' ? 'kernel.sysctl' : model;
  return JSON.stringify([kind, ...parts, ...value.split(' ').slice(0, 2)]);
}
