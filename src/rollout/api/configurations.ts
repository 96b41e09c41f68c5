import { z } from 'zod';

const setting = z.object({
  key: z.string().optional(),
  operation: z.string().optional(),
  value: z.unknown().optional(),
});

/** KubeOS's `sysconfigs` and `upgradeconfigs`. Their shape only: what a model takes is the agent's to say. */
export const configurationsSchema = z.object({
  version: z.string().optional(),
  configs: z
    .array(
      z.object({
        model: z.string().optional(),
        configpath: z.string().optional(),
        contents: z.array(setting).optional(),
      }),
    )
    .optional(),
});

export type Configurations = Readonly<z.infer<typeof configurationsSchema>>;
