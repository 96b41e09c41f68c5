import { readFile } from 'node:fs/promises';
import test from 'ava';
import { memoryFact } from './memory-fact.ts';

const meminfo = (availableMiB: number, swapMiB: number): string =>
  `MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:   ${availableMiB * 1024} kB\nSwapFree:       ${swapMiB * 1024} kB\n`;

test('a host with too little memory is told what is missing', (t) => {
  t.deepEqual(memoryFact(meminfo(4000, 0), 'tcg'), {
    subject: 'memory',
    found: '4000 MiB free',
    purpose: 'a control plane and 2 machines, about 4608 MiB',
    remedy: 'end programs that hold 608 MiB, or add swap',
  });
});

test('what a cache holds, what can be swapped out, and KVM all help', (t) => {
  t.is(memoryFact(meminfo(4608, 0), 'tcg').remedy, null);
  t.is(memoryFact(meminfo(3000, 1608), 'tcg').remedy, null);
  t.is(memoryFact(meminfo(3000, 0), 'kvm').remedy, null);
  t.not(memoryFact(meminfo(2000, 0), 'kvm').remedy, null);
});

test('this host says what it has in these words', async (t) => {
  t.notRegex(memoryFact(await readFile('/proc/meminfo', 'utf8'), 'kvm').found, /^0 MiB/);
});
