import test from 'ava';
import { MIB } from '../../disk/layout.ts';
import type { ObservedDisk } from './observed-disk.ts';
import { refuseDisk } from './refuse-disk.ts';

const FREE: ObservedDisk = {
  ...{ name: 'sdb', device: '/dev/sdb', sizeBytes: 100 * MIB, sectorBytes: 512, model: null },
  ...{ isReadOnly: false, uses: [], content: { kind: 'blank' } },
};
const DATA = { kind: 'data', found: ['/dev/sdb: ext4 "data"'] } as const;

interface Case {
  readonly disk: Partial<ObservedDisk>;
  readonly erase?: boolean;
  readonly says: string | null;
}

const refusal = test.macro((t, { disk, erase = false, says }: Case) => {
  const refused = refuseDisk({ ...FREE, ...disk }, { leastBytes: 90 * MIB, erase });
  t.is(refused === null ? null : `${refused.code}: ${refused.message}`, says);
  t.not(refused?.hint, '');
});

test('an empty disk is taken', refusal, { disk: {}, says: null });
test('one on which an installation was cut is taken', refusal, {
  ...{ disk: { content: { kind: 'unfinished' } }, says: null },
});
test('one with data is not', refusal, {
  ...{ disk: { content: DATA }, says: 'REFUSED: /dev/sdb is not empty: /dev/sdb: ext4 "data"' },
});
test('but where it may be erased', refusal, { disk: { content: DATA }, erase: true, says: null });
test('one in use is not, erased or not', refusal, {
  ...{ disk: { uses: ['sdb1 is swap', 'sdb2 is mounted on /srv'] }, erase: true },
  says: 'REFUSED: /dev/sdb is in use: sdb1 is swap, sdb2 is mounted on /srv',
});
test('nor one that is write-protected', refusal, {
  ...{ disk: { isReadOnly: true }, erase: true, says: 'REFUSED: /dev/sdb cannot be written' },
});
test('nor one with sectors of 4096 bytes', refusal, {
  disk: { sectorBytes: 4096 },
  says: 'HOST_NOT_READY: 4096 bytes are the smallest that /dev/sdb reads: it would not boot, which takes 512',
});
test('nor one that is too small', refusal, {
  disk: { sizeBytes: 89 * MIB },
  says: 'NO_SPACE: /dev/sdb has 89 MiB, the release needs 90 MiB',
});
