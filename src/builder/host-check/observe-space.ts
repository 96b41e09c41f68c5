import { mkdir, stat, statfs } from 'node:fs/promises';
import type { HostFact } from './host-fact.ts';
import type { SpaceNeed } from './space-needs.ts';

/** Whether each file system has room for all that is to be written to it. */
export async function observeSpace(needs: readonly SpaceNeed[]): Promise<HostFact[]> {
  const placed = await Promise.all(
    needs
      .filter(({ neededBytes }) => neededBytes > 0)
      .map(async (need) => {
        await mkdir(need.directory, { recursive: true });
        return { ...need, device: (await stat(need.directory)).dev };
      }),
  );
  const byDevice = [...Map.groupBy(placed, ({ device }) => device).values()];
  return await Promise.all(byDevice.map(spaceFact));
}

async function spaceFact(needs: readonly SpaceNeed[]): Promise<HostFact> {
  const directories = [...new Set(needs.map(({ directory }) => directory))];
  const { bavail, bsize } = await statfs(directories[0] ?? '/');
  const neededBytes = needs.reduce((sum, need) => sum + need.neededBytes, 0);
  const asMiB = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MiB`;
  const choices = needs.map(({ choice }) => choice).join(', ');
  return {
    subject: `space in ${directories.join(', ')}`,
    found: `${asMiB(bavail * bsize)} free`,
    purpose: `the work of one build, about ${asMiB(neededBytes)}`,
    remedy:
      bavail * bsize >= neededBytes ? null : `free some, or choose another place (${choices})`,
  };
}
