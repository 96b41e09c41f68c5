import type { ConfigurationModel } from './models.ts';

/**
 * The parts of a key, each as it is meant: quotes are off, and a "." that is part of a name is in its part.
 * `net/ipv4/conf/eth0.100/mtu`, `evictionHard."memory.available"`, `plugins.'io.containerd.cri.v1'.x`.
 *
 * @returns null for what is no key of this model
 */
export function keyParts(model: ConfigurationModel, key: string): readonly string[] | null {
  if (!PRINTABLE.test(key)) return null;
  switch (model) {
    case 'kernel.sysctl':
    case 'kernel.sysctl.persist':
      return sysctlParts(key);
    case 'grub.cmdline.current':
    case 'grub.cmdline.next':
      return allMatch(key.replaceAll('_', '-').split('.'), ARGUMENT_PART);
    case 'kubernetes.kubelet':
    case 'container.containerd':
      return quotedParts(key);
    case 'pam.limits':
      return allMatch([key], DOMAIN);
    default:
      return model satisfies never;
  }
}

/** What a key looks like. */
export const KEY_FORMS: Readonly<Record<ConfigurationModel, string>> = {
  'kernel.sysctl': 'write it as sysctl names it: net.ipv4.ip_forward',
  'kernel.sysctl.persist': 'write it as sysctl names it: net.ipv4.ip_forward',
  'grub.cmdline.current': 'write the name of one kernel argument, without its value',
  'grub.cmdline.next': 'write the name of one kernel argument, without its value',
  'kubernetes.kubelet':
    'write names with dots, quoted where they have one: evictionHard."memory.available"',
  'container.containerd':
    'write names with dots, quoted where they have one: plugins."io.containerd.cri.v1".x',
  'pam.limits': 'write one domain of limits.conf: a user, @group or *',
};

const PRINTABLE = /^[\x21-\x7e]{1,256}$/;
/** Of a path below /proc/sys; `*` stands in the keys of policies. */
const SYSCTL_PART = /^[A-Za-z0-9_*][A-Za-z0-9_.:@*-]*$/;
const ARGUMENT_PART = /^[A-Za-z0-9*][A-Za-z0-9*-]*$/;
/** limits.conf(5): a user, @group, a range of numbers, or all. */
const DOMAIN = /^(?:[@%]?[A-Za-z0-9_*][A-Za-z0-9_.*-]*|[@%]?[0-9]*:[0-9]*)$/;
const BARE_PART = /^[A-Za-z*][A-Za-z0-9_*-]*$/;
const QUOTED_PART = /^[A-Za-z0-9*][A-Za-z0-9_.:/@*-]*$/;

function sysctlParts(key: string): readonly string[] | null {
  const parts = sysctlName(key)
    .split('.')
    .map((part) => part.replaceAll('/', '.'));
  return allMatch(parts, SYSCTL_PART);
}

/** The one name of a kernel setting, with dots: sysctl.d(5) takes `/` and `.` alike. */
export function sysctlName(key: string): string {
  const firstSeparator = /[./]/.exec(key)?.[0];
  if (firstSeparator !== '/') return key;
  return key.replaceAll(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}

function quotedParts(key: string): readonly string[] | null {
  const written = key.match(/"[^"]*"|'[^']*'|[^."']+/g) ?? [];
  if (written.join('.') !== key) return null;
  const parts = written.map((part) => {
    const isQuoted = /^["']/.test(part);
    const name = isQuoted ? part.slice(1, -1) : part;
    return (isQuoted ? QUOTED_PART : BARE_PART).test(name) ? name : null;
  });
  return parts.every((part) => part !== null) ? parts : null;
}

function allMatch(parts: readonly string[], form: RegExp): readonly string[] | null {
  return parts.every((part) => form.test(part)) ? parts : null;
}
