import { isOwnArgument, takesOver } from './kernel-arguments.ts';
import { keyParts } from './key-parts.ts';
import type { ConfigurationModel } from './models.ts';

/**
 * Settings that would make who may set them root on every node, so no policy may allow them: they only come with an image.
 * A key that is none is not forbidden; it is no key.
 */
export function isForbidden(model: ConfigurationModel, key: string): boolean {
  const parts = keyParts(model, key);
  return parts !== null && FORBIDDEN[model](parts);
}

const ARGUMENT_INSTEAD =
  'leave it out, or set it in the image, under kernelArguments, where kubeos does not decide it itself';

/** What to do instead. */
export const INSTEAD: Readonly<Record<ConfigurationModel, string>> = {
  'kernel.sysctl': 'set it in the image, under sysctl',
  'kernel.sysctl.persist': 'set it in the image, under sysctl',
  'grub.cmdline.current': ARGUMENT_INSTEAD,
  'grub.cmdline.next': ARGUMENT_INSTEAD,
  'kubernetes.kubelet': 'set it in the image, in a kubelet configuration file under files',
  'container.containerd': 'set it in the image, in a containerd configuration file under files',
  'pam.limits': 'set it in the image, in a file under files',
};

type Parts = readonly string[];

/** Names a program that the kernel then runs as root (kernel documentation, sysctl/kernel.rst, binfmt-misc.rst). */
const RUNS_AS_ROOT =
  /^(?:kernel\.(?:core_pattern|modprobe|hotplug|poweroff_cmd|usermodehelper)|fs\.binfmt_misc)(?:\.|$)/;
/** Who may give the kubelet orders, what it runs unasked, and from where. */
const KUBELET_TRUST =
  /^(?:authentication|authorization|staticPod.*|readOnlyPort|tls(?:Cert|PrivateKey)File|volumePluginDir|containerRuntimeEndpoint|imageServiceEndpoint|enableServer|enableDebuggingHandlers|serverTLSBootstrap)$/i;
/** Programs that containerd starts as root, where it looks for them, and where it keeps what it runs. */
const CONTAINERD_PROGRAMS =
  /^(?:runtimes?|runtime_.*|default_runtime.*|untrusted_workload_runtime|base_runtime_spec|plugin_dir|proxy_plugins|stream_processors|imports|bin_dirs?|conf_dir|conf_template|binary.*|shim.*|path|.*_path|command|args|root|state|temp|grpc|ttrpc|debug|cgroup)$/i;

const isSysctlForbidden = (parts: Parts): boolean => RUNS_AS_ROOT.test(parts.join('.'));
const isArgumentForbidden = (parts: Parts): boolean => {
  const name = parts.join('.');
  return isOwnArgument(name) || takesOver(name);
};

const FORBIDDEN: Readonly<Record<ConfigurationModel, (parts: Parts) => boolean>> = {
  'kernel.sysctl': isSysctlForbidden,
  'kernel.sysctl.persist': isSysctlForbidden,
  'grub.cmdline.current': isArgumentForbidden,
  'grub.cmdline.next': isArgumentForbidden,
  'kubernetes.kubelet': ([first = '']) => KUBELET_TRUST.test(first),
  'container.containerd': (parts) => parts.some((part) => CONTAINERD_PROGRAMS.test(part)),
  'pam.limits': () => false,
};
