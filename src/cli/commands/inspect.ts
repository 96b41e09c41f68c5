import { z } from 'zod';
import { inspectImage } from '../../builder/inspect/inspect-image.ts';
import { renderReport } from '../../builder/inspect/render/render-report.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ image: z.string(), json: z.boolean() });

/** `kubeos inspect`: what is in an image, and whether it would boot. */
export const runInspectCommand: CommandRun = async (args, { signal, stdout }) => {
  const { image, json } = readArguments(argumentsSchema, args);
  const report = await inspectImage(image, { commands: hostCommands({ signal }) });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'ImageReport', report };
  stdout.write(json ? `${JSON.stringify(result)}\n` : renderReport(report));
  // The code of a failed check: CI may ask whether an image would boot.
  return report.findings.some(({ level }) => level === 'fault') ? 5 : 0;
};
