import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { findWatchdog, type Watchdog } from './find-watchdog.ts';

/** What the initramfs left, and the driver that is loaded. */
type Said = readonly [found: string | null, driver: string | null];

const finds = test.macro(async (t, [found, driver]: Said, is: Watchdog) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-watchdog-'));
  const places = { found: path.join(dir.path, 'found'), identity: path.join(dir.path, 'identity') };
  if (found !== null) await writeFile(places.found, `${found}\n`);
  if (driver !== null) await writeFile(places.identity, `${driver}\n`);
  t.deepEqual(await findWatchdog(places), is);
});

const NONE = { kind: 'none', name: null, isArmed: false } as const;

test('one of the machine that watches', finds, ['hardware i6300ESB timer', 'i6300ESB timer'], {
  ...{ kind: 'hardware', name: 'i6300ESB timer', isArmed: true },
});
test("the kernel's own that watches", finds, ['software Software Watchdog', 'Software Watchdog'], {
  ...{ kind: 'software', name: 'Software Watchdog', isArmed: true },
});
test('one of the machine that would watch a trial', finds, ['unused', 'iTCO_wdt'], {
  ...{ kind: 'hardware', name: 'iTCO_wdt', isArmed: false },
});
test("a machine without: the kernel's own would watch a trial", finds, ['unused', null], {
  ...{ kind: 'software', name: null, isArmed: false },
});
test('none was found', finds, ['none', null], NONE);
test('the definition wants none', finds, ['never', 'iTCO_wdt'], NONE);
test('an initramfs that says nothing of it', finds, [null, 'iTCO_wdt'], NONE);
