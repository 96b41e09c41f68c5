import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * Files by which systemd's deadlines of a trial (src/builder/tree/trial-deadlines.ts) know that the agent runs, and that it
 * came to a verdict or waits for what no restart can mend.
 */
export async function markTrial(folder: string, mark: 'ready' | 'verdict'): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, mark), '');
}
