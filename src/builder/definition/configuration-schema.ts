import { z } from 'zod';
import { CONFIGURATION_MODELS } from '../../configuration/models.ts';
import { text } from './fields.ts';

const allowance = z.strictObject({
  key: text(
    /^[^\0\n]+$/,
    'the name of a setting, where * stands for any characters but "."',
  ).describe('Key, where * stands for any run of characters but "."'),
  value: text(/^[^\0\n]+$/, 'a regular expression for the whole value')
    .default('.*')
    .describe('Regular expression that the whole value matches'),
});

/** Allow-list per model; a model that is not written keeps the default of the policy template. */
export const configurationSchema = z.partialRecord(
  z.enum(CONFIGURATION_MODELS),
  z.strictObject({ allow: z.array(allowance).describe('What may be set; nothing else may') }),
);
