import test from 'ava';
import { assertCanBoot } from './assert-can-boot.ts';

test('a host with QEMU and firmware can boot', async (t) => {
  await t.notThrowsAsync(assertCanBoot({ arch: 'amd64', firmware: 'uefi' }));
  await t.notThrowsAsync(assertCanBoot({ arch: 'amd64', firmware: 'bios' }));
});

test('an arm64 image under BIOS is refused before anything starts', async (t) => {
  const refusal = { code: 'USAGE', message: /no BIOS/ };
  await t.throwsAsync(assertCanBoot({ arch: 'arm64', firmware: 'bios' }), refusal);
});
