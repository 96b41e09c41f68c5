import { z } from 'zod';
import { diffImages } from '../../builder/inspect/diff/diff-images.ts';
import { renderDiff } from '../../builder/inspect/diff/render-diff.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ before: z.string(), after: z.string(), json: z.boolean() });

/** `kubeos diff`: what changed between two images, and what that means for an upgrade. */
export const runDiffCommand: CommandRun = async (args, { signal, stdout }) => {
  const { before, after, json } = readArguments(argumentsSchema, args);
  const diff = await diffImages(before, after, { commands: hostCommands({ signal }) });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'ImageDiff', diff };
  stdout.write(json ? `${JSON.stringify(result)}\n` : renderDiff(diff));
  return 0;
};
