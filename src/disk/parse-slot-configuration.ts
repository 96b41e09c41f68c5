import type { SlotConfiguration } from './slot-files.ts';

const SETTING = /^set slot_([a-z]+)='([^']*)'$/gm;

/**
 * What `slot-A.cfg`, `slot-B.cfg` or a release's `boot.cfg` sets.
 *
 * @returns null for a slot that holds no release
 */
export function parseSlotConfiguration(text: string): SlotConfiguration | null {
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(SETTING)) values.set(name, value);
  const valueOf = (name: string): string => values.get(name) ?? '';
  if (valueOf('release') === '') return null;
  return {
    release: valueOf('release'),
    version: valueOf('version'),
    epoch: Number(valueOf('epoch')),
    securityFloor: Number(valueOf('floor')),
    ...(valueOf('data') !== '' && { dataEpoch: Number(valueOf('data')) }),
    kernel: valueOf('kernel'),
    initramfs: valueOf('initramfs'),
    kernelArguments: valueOf('arguments')
      .split(' ')
      .filter((argument) => argument !== ''),
    image: imageOf(valueOf('image')),
    verity: verityOf(valueOf('verity')),
    area: areaOf(valueOf('area')),
    ...(valueOf('unsigned') === '1' && { unsigned: true }),
  };
}

function imageOf(value: string): SlotConfiguration['image'] {
  const [, size, sha256] = /^(\d{1,15}),([0-9a-f]{64})$/.exec(value) ?? [];
  if (size === undefined || sha256 === undefined) return null;
  return { size: Number(size), sha256 };
}

function verityOf(argument: string): SlotConfiguration['verity'] {
  const [, rootHash, hashOffset] = /^kubeos\.verity=([0-9a-f]+),(\d+)$/.exec(argument) ?? [];
  if (rootHash === undefined) return null;
  return { rootHash, hashOffset: Number(hashOffset) };
}

function areaOf(value: string): SlotConfiguration['area'] {
  const [, firstSector, sectors] = /^(\d+)\+(\d+)$/.exec(value) ?? [];
  if (firstSector === undefined) return null;
  return { firstSector: Number(firstSector), sectors: Number(sectors) };
}

export interface Sum {
  readonly path: string;
  readonly sha256: string;
}

/** The lines of a `.sum` file; what fills a line up is taken off. */
export function parseSlotSums(text: string): Sum[] {
  return [...text.matchAll(/^ *([0-9a-f]{64}) {2}(\/.*)$/gm)].map(([, sha256 = '', path = '']) => ({
    path,
    sha256,
  }));
}
