import test from 'ava';
import { emptySlotFiles, slotConfiguration, slotSums } from './slot-files.ts';

const slot = {
  release: `sha256:${'1'.repeat(64)}`,
  version: '1.4.2',
  epoch: 7,
  securityFloor: 5,
  kernel: '/boot/vmlinuz',
  initramfs: '/boot/initramfs.img',
  kernelArguments: ['quiet', 'console=ttyS0,115200'],
  image: { size: 2_097_152, sha256: 'cd'.repeat(32) },
  verity: { rootHash: 'ab'.repeat(32), hashOffset: 1_048_576 },
  area: { firstSector: 2048, sectors: 65_536 },
};

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

test('a slot configuration sets what grub.cfg reads, the release last, in 4096 bytes', (t) => {
  const bytes = slotConfiguration(slot);
  t.is(bytes.length, 4096);
  t.deepEqual(textOf(bytes).split('\n').slice(1, -2), [
    "set slot_version='1.4.2'",
    "set slot_epoch='7'",
    "set slot_floor='5'",
    "set slot_kernel='/boot/vmlinuz'",
    "set slot_initramfs='/boot/initramfs.img'",
    "set slot_arguments='quiet console=ttyS0,115200'",
    `set slot_verity='kubeos.verity=${'ab'.repeat(32)},1048576'`,
    "set slot_area='2048+65536'",
    `set slot_image='2097152,${'cd'.repeat(32)}'`,
    `set slot_release='sha256:${'1'.repeat(64)}'`,
  ]);
});

test('what a slot does without is set to nothing', (t) => {
  const text = textOf(
    slotConfiguration({ ...slot, verity: null, area: null, image: null, kernelArguments: [] }),
  );
  for (const name of ['verity', 'area', 'image', 'arguments'])
    t.true(text.includes(`set slot_${name}=''\n`));
});

test('arguments that GRUB would change on their way to the kernel are refused', (t) => {
  for (const argument of ["a='b'", 'a="b"', 'a b', '*', 'a=?', 'a\\b', 'a\nb', 'ü', '']) {
    const refused = { ...slot, kernelArguments: [argument] };
    t.throws(() => slotConfiguration(refused), { code: 'DEFINITION_INVALID' }, argument);
  }
  const plain = ['a=b', 'rd.x', 'root=LABEL=x', 'a.b-c_d=1,2:3/@4+5%6', '!x', '[1]', '{a,b}', '#'];
  t.notThrows(() => slotConfiguration({ ...slot, kernelArguments: plain }));
});

test('the end of arguments is refused: the kernel would not see what a trial adds behind it', (t) => {
  const refused = { ...slot, kernelArguments: ['quiet', '--'] };
  t.throws(() => slotConfiguration(refused), { code: 'DEFINITION_INVALID', message: /"--"/ });
  t.notThrows(() => slotConfiguration({ ...slot, kernelArguments: ['---', 'a=--'] }));
});

test('arguments that Linux would cut off are refused', (t) => {
  const long = (length: number) => ({ ...slot, kernelArguments: ['x'.repeat(length)] });
  t.is(slotConfiguration(long(1390)).length, 4096);
  t.throws(() => slotConfiguration(long(1391)), { code: 'DEFINITION_INVALID' });
});

test('what does not fit the file is refused, not cut', (t) => {
  const version = 'x'.repeat(4000);
  t.throws(() => slotConfiguration({ ...slot, version }), { code: 'DEFINITION_INVALID' });
});

test('the sums are two lines of 256 bytes that sha256sum reads too', (t) => {
  const kernel = { path: '/boot/vmlinuz', sha256: '1'.repeat(64) };
  const bytes = slotSums({ kernel, initramfs: { path: '/i', sha256: '2'.repeat(64) } });
  t.is(bytes.length, 512);
  t.is(bytes.lastIndexOf(0x0a, 510), 255);
  t.deepEqual(textOf(bytes).split('\n'), [
    `${'1'.repeat(64)}  /boot/vmlinuz`.padStart(255),
    `${'2'.repeat(64)}  /i`.padStart(255),
    '',
  ]);
});

test('a path that does not fit its line is refused', (t) => {
  const sums = (path: string) => () =>
    slotSums({
      kernel: { path, sha256: '1'.repeat(64) },
      initramfs: { path: '/i', sha256: '2'.repeat(64) },
    });
  t.notThrows(sums(`/${'x'.repeat(188)}`));
  for (const path of [`/${'x'.repeat(189)}`, 'boot/vmlinuz', '/a b', '/a\nb', '']) {
    t.throws(sums(path), { code: 'DEFINITION_INVALID' }, path);
  }
});

test('the files of an empty slot have the same sizes', (t) => {
  const { configuration, sums } = emptySlotFiles();
  t.deepEqual([configuration.length, sums.length], [4096, 512]);
  t.false(textOf(configuration).includes('set '));
});
