import { z } from 'zod';

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

const allowance = z.strictObject({
  key: z.string().min(1).describe('Key, where * stands for any run of characters but "."'),
  value: z
    .string()
    .min(1)
    .default('.*')
    .describe('Regular expression that the whole value matches'),
});

/** Allow-list per model; a model that is not written keeps the default of the policy template. */
export const configurationSchema = z.partialRecord(
  z.enum(CONFIGURATION_MODELS),
  z.strictObject({ allow: z.array(allowance) }),
);
