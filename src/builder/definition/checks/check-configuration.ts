import type { CheckableDefinition } from '../checkable-definition.ts';
import type { CONFIGURATION_MODELS } from '../configuration-schema.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import { isOwnArgument } from './check-kernel-arguments.ts';
import { sysctlName } from './check-sysctl.ts';

type Model = (typeof CONFIGURATION_MODELS)[number];

/** Names a program that the kernel then runs as root (kernel documentation, sysctl/kernel.rst). */
const RUNS_AS_ROOT =
  /^kernel\.(?:core_pattern|modprobe|hotplug|poweroff_cmd|usermodehelper)(?:\.|$)/;
/** Who may give the kubelet orders, and what it runs unasked. */
const KUBELET_TRUST = /^(?:authentication|authorization|staticPod)/i;
/** Programs that containerd starts as root, and where it looks for them. */
const CONTAINERD_PROGRAMS =
  /(?:^|[."])(?:runtimes?|plugin_dir|proxy_plugins|stream_processors|imports|bin_dir|BinaryName)(?:$|[."])/;

/** What to do instead of allowing it. */
const INSTEAD: Readonly<Record<Model, string>> = {
  'kernel.sysctl': 'set it in the image, under sysctl',
  'kernel.sysctl.persist': 'set it in the image, under sysctl',
  'grub.cmdline.current': 'remove it: kubeos decides it for each slot',
  'grub.cmdline.next': 'remove it: kubeos decides it for each slot',
  'kubernetes.kubelet': 'set it in the image, in a kubelet configuration file under files',
  'container.containerd': 'set it in the image, in a containerd configuration file under files',
  'pam.limits': 'set it in the image, in a file under files',
};

/** Settings that would make who may set them root on every node: they only come with an image. */
const FORBIDDEN: Readonly<Record<Model, (key: string) => boolean>> = {
  'kernel.sysctl': (key) => RUNS_AS_ROOT.test(sysctlName(key)),
  'kernel.sysctl.persist': (key) => RUNS_AS_ROOT.test(sysctlName(key)),
  'grub.cmdline.current': isOwnArgument,
  'grub.cmdline.next': isOwnArgument,
  'kubernetes.kubelet': (key) => KUBELET_TRUST.test(key),
  'container.containerd': (key) => CONTAINERD_PROGRAMS.test(key),
  'pam.limits': () => false,
};

/** The policy for what may be set on a running node. */
export function checkConfiguration({ configuration }: CheckableDefinition): DefinitionFault[] {
  return Object.entries(configuration).flatMap(([model, policy]) =>
    (policy?.allow ?? []).flatMap((allowance, index) => {
      const path = ['configuration', model, 'allow', index];
      return [
        ...(isModel(model) ? keyFaults(model, path, allowance.key) : []),
        ...patternFaults([...path, 'value'], allowance.value),
      ];
    }),
  );
}

function isModel(name: string): name is Model {
  return name in FORBIDDEN;
}

type Path = DefinitionFault['path'];

function keyFaults(model: Model, path: Path, key: string): DefinitionFault[] {
  if (!FORBIDDEN[model](key)) return [];
  return [
    {
      path: [...path, 'key'],
      message: `no policy may allow ${quoted(key)}: who sets it becomes root on the node`,
      suggestion: INSTEAD[model],
    },
  ];
}

function patternFaults(path: Path, value: string): DefinitionFault[] {
  try {
    RegExp(`^(?:${value})$`, 'u');
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.replace(/^.*\/u?: /, '').toLowerCase();
    const message = `${quoted(value)} is not a regular expression: ${reason}`;
    return [{ path, message, suggestion: 'write a literal ( or [ as \\( or \\[' }];
  }
}
