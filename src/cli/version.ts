import { readFileSync } from 'node:fs';
import { z } from 'zod';

const packageFile = z.object({ version: z.string() });

/** The version of this package. */
export const VERSION = packageFile.parse(
  JSON.parse(readFileSync(new URL(import.meta.resolve('#package')), 'utf8')),
).version;
