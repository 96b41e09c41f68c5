import path from 'node:path';
import { z } from 'zod';
import { runDemo } from '../../demo/run-demo.ts';
import { CACHE_FOLDER } from '../../host/cache-folder.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  folder: z.string().default(path.join(CACHE_FOLDER, 'demo')),
  keep: z.boolean(),
});

/** `kubeos demo`: a show for people, on this machine. */
export const runDemoCommand: CommandRun = async (args, { signal, stdout }) => {
  const { folder, keep } = readArguments(argumentsSchema, args);
  await runDemo({ folder: path.resolve(folder), isKept: keep, signal, output: stdout });
  return 0;
};
