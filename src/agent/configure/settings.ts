import { z } from 'zod';
import { CONFIGURATION_MODELS, type ConfigurationModel } from '../../configuration/models.ts';

/** Nothing longer is looked at. */
const MAX_VALUE_LENGTH = 1024;

const scalar = z.union([z.string().max(MAX_VALUE_LENGTH), z.number(), z.boolean(), z.null()]);

const content = z.strictObject({
  key: z.string().min(1).max(256),
  value: z.union([scalar, z.array(scalar).max(64)]).optional(),
  /** KubeOS writes nothing for add or update. */
  operation: z.enum(['', 'delete']).default(''),
});

const model = z.strictObject({
  model: z.enum(CONFIGURATION_MODELS),
  /** KubeOS lets it be any file; here it may only say what is so anyway. */
  configpath: z.string().max(4096).optional(),
  contents: z.array(content).min(1).max(256),
});

/** What `POST /v1/configure` takes: models as in KubeOS's `sysconfigs.configs`. */
export const configureOrderSchema = z.strictObject({
  models: z.array(model).min(1).max(32),
  dryRun: z.boolean().default(false),
});

export type ConfigureOrder = z.infer<typeof configureOrderSchema>;
export type Scalar = z.infer<typeof scalar>;
export type SettingValue = Scalar | readonly Scalar[];

/** One thing that is wanted. */
export interface Setting {
  readonly model: ConfigurationModel;
  readonly key: string;
  /** Undefined where none is given. */
  readonly value: SettingValue | undefined;
  readonly isDeleted: boolean;
}

export function settingsOf({ models }: ConfigureOrder): Setting[] {
  return models.flatMap(({ model, contents }) =>
    contents.map(({ key, value, operation }) => ({
      ...{ model, key, value, isDeleted: operation === 'delete' },
    })),
  );
}

/** As it is compared, shown, and matched with patterns: each item of a list by itself. */
export function valueTexts(value: SettingValue | undefined): readonly string[] {
  if (value === undefined) return [];
  return isList(value) ? value.map(String) : [String(value)];
}

export const isList = (value: SettingValue): value is readonly Scalar[] => Array.isArray(value);
