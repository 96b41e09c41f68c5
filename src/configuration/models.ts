/** The configuration models of contract section 7, by KubeOS's names. */
export const CONFIGURATION_MODELS = [
  'kernel.sysctl',
  'kernel.sysctl.persist',
  'grub.cmdline.current',
  'grub.cmdline.next',
  'kubernetes.kubelet',
  'container.containerd',
  'pam.limits',
] as const;

export type ConfigurationModel = (typeof CONFIGURATION_MODELS)[number];
