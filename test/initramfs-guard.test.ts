import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { runFunctions, SHELLS } from './initramfs/run-functions.ts';

interface Start {
  readonly when?: 'trial' | 'always' | 'never';
  readonly isTrial?: boolean;
  /** The module that makes the device, once it is loaded. */
  readonly brings?: 'i6300esb' | 'softdog' | 'none';
  /** What the device calls itself; without one the kernel has no word on it. */
  readonly identity?: string;
}

/** What the initramfs loads, says and feeds; `/dev/zero` stands for the device. */
async function start(
  { when = 'trial', isTrial = true, brings = 'none', identity }: Start,
  shell: readonly string[],
): Promise<string> {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-guard-'));
  const at = (name: string): string => path.join(directory.path, name);
  await mkdir(at('run'));
  await writeFile(at('limits'), `ready_seconds=300 watchdog_seconds=60 watchdog_when=${when}\n`);
  await writeFile(at('watchdogs'), 'i6300esb\n');
  if (identity !== undefined) {
    await mkdir(at('class/watchdog/watchdog0'), { recursive: true });
    await writeFile(at('class/watchdog/watchdog0/identity'), `${identity}\n`);
  }
  const guard = await readFile(
    new URL(import.meta.resolve('#templates/initramfs/guard.sh')),
    'utf8',
  );
  const text = `
    modprobe() {
      echo "modprobe $*"
      case "$*" in *${brings}*) watchdog_device=/dev/zero ;; esac
    }
    guard() { echo "guard \${watchdog:-without}"; }
    is_trial=$2
    watchdog_device=$1/none
    start_guard
    wait
    cat "$1/run/watchdog"`;
  const moved = guard
    .replaceAll('/kubeos/limits', at('limits'))
    .replaceAll('/kubeos/watchdogs', at('watchdogs'))
    .replaceAll('/run/kubeos', at('run'))
    .replaceAll('/sys/class', at('class'));
  return await runFunctions({
    ...{ shell, sources: [], args: [directory.path, isTrial ? 'yes' : ''] },
    text: `${moved}\n${text}`,
  });
}

const said = (...lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
const HARDWARE = 'modprobe -abq i6300esb';
const SOFTWARE = 'modprobe -q softdog soft_margin=60 soft_panic=1';
const PANICS = 'modprobe -q efi_pstore';

for (const [name, shell] of Object.entries(SHELLS)) {
  test(`a trial is watched by the machine's watchdog, or by the kernel's own (${name})`, async (t) => {
    const hardware = 'hardware unnamed';
    t.is(
      await start({ brings: 'i6300esb' }, shell),
      said(PANICS, HARDWARE, `say: watchdog: ${hardware}`, 'guard unnamed', hardware),
    );
    const software = 'software unnamed';
    const both = [HARDWARE, SOFTWARE];
    t.is(
      await start({ brings: 'softdog' }, shell),
      said(PANICS, ...both, `say: watchdog: ${software}`, 'guard unnamed', software),
    );
  });

  test(`a watchdog is fed whatever it calls itself (${name})`, async (t) => {
    for (const [identity, called] of [
      ['i6300ESB timer', 'i6300ESB timer'],
      ['', 'unnamed'],
      [' ', 'unnamed'],
    ] as const) {
      t.is(
        await start({ brings: 'i6300esb', identity }, shell),
        said(
          ...[PANICS, HARDWARE, `say: watchdog: hardware ${called}`],
          ...[`guard ${called}`, `hardware ${called}`],
        ),
      );
    }
  });

  test(`without any watchdog a trial still has its deadline, and it is said (${name})`, async (t) => {
    const warning = 'warn: there is no watchdog: a kernel that hangs stays there';
    t.is(
      await start({}, shell),
      said(PANICS, HARDWARE, SOFTWARE, warning, 'say: watchdog: none', 'guard without', 'none'),
    );
    t.is(await start({ when: 'never' }, shell), said(PANICS, 'guard without', 'never'));
  });

  test(`a committed release is watched only where the definition says so (${name})`, async (t) => {
    t.is(await start({ isTrial: false }, shell), said('unused'));
    const watched = await start({ isTrial: false, when: 'always', brings: 'i6300esb' }, shell);
    t.is(
      watched,
      said(HARDWARE, 'say: watchdog: hardware unnamed', 'guard unnamed', 'hardware unnamed'),
    );
  });

  test(`what feeds the watchdog ends at the deadline of a trial, and with nothing else (${name})`, async (t) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-guard-'));
    const fed = path.join(directory.path, 'fed');
    const text = `
      clock=0 ready_seconds=20 is_trial=yes watchdog=x watchdog_device=$1
      uptime_seconds() { now=$clock; }
      sleep() { clock=$((clock + $1)); }
      restart() { echo restart; exit; }
      guard`;
    const ended = await runFunctions({ shell, sources: ['guard'], text, args: [fed] });
    t.is(
      ended,
      said('warn: a trial that is still in the initramfs after 20 s: restarting', 'restart'),
    );
    t.is((await readFile(fed, 'utf8')).length, 4);
    const missing = path.join(directory.path, 'no/device');
    const without = await runFunctions({ shell, sources: ['guard'], text, args: [missing] });
    t.regex(without, /still in the initramfs after 20 s: restarting\nrestart\n/);
  });
}
