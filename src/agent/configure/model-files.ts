import type { ConfigurationModel } from '../../configuration/models.ts';

/**
 * The one file that each model writes; null for one that writes none. Those of settings that others write too are files of
 * our own that are read after theirs.
 */
export const MODEL_FILES: Readonly<Record<ConfigurationModel, string | null>> = {
  'kernel.sysctl': null,
  'kernel.sysctl.persist': '/etc/sysctl.d/99-zz-kubeos.conf',
  'grub.cmdline.current': null,
  'grub.cmdline.next': null,
  'kubernetes.kubelet': '/var/lib/kubelet/config.yaml',
  'container.containerd': '/etc/containerd/config.toml',
  'pam.limits': '/etc/security/limits.d/99-zz-kubeos.conf',
};

/** The unit that reads the file only at its start; kubelet is the last, since it wants the others. */
export const MODEL_UNITS: Partial<Readonly<Record<ConfigurationModel, string>>> = {
  'container.containerd': 'containerd.service',
  'kubernetes.kubelet': 'kubelet.service',
};
