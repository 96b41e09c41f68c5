import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { replaceFile } from '../../disk/replace-file.ts';

export const dataReportSchema = z.strictObject({
  /** Of the data in /var; null where that is not known. */
  epoch: z.int().min(0).nullable(),
  /** The last thing that was done with data, and when. */
  said: z.strictObject({ at: z.iso.datetime(), text: z.string() }).nullable(),
  /** What is not as it should be, and whether another release would mend it. */
  problem: z.strictObject({ blames: z.enum(['release', 'node']), message: z.string() }).nullable(),
});

/** What became of the data in /var before services started, for status and the health gate. */
export type DataReport = Readonly<z.infer<typeof dataReportSchema>>;

/** @returns null where nothing is reported: then nobody looked */
export async function readDataReport(file: string): Promise<DataReport | null> {
  try {
    return dataReportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return null;
  }
}

export async function writeDataReport(file: string, report: DataReport): Promise<void> {
  await replaceFile(file, JSON.stringify(report));
}

/** In lines, for people. */
export function describeReport({ epoch, said, problem }: DataReport): readonly string[] {
  return [
    ...(epoch === null || epoch === 0 ? [] : [`data epoch: ${epoch}`]),
    ...(said === null ? [] : [`data: ${said.text} (${said.at})`]),
    ...(problem === null ? [] : [`data is not in order: ${problem.message}`]),
  ];
}
