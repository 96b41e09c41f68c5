import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCommand, type CommandReader } from '../../command-runner.ts';
import { lookAround, type CheckPlaces } from '../node-checks.ts';

export const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-checks-'));

/** A node whose systemd says this; scripts are really run. */
export const node =
  (systemctl: Readonly<Record<string, string>>): CommandReader =>
  async (program, args, options) => {
    if (program !== 'systemctl') return await readCommand(program, args, options);
    return { exitCode: 0, stdout: systemctl[args[0] ?? ''] ?? '' };
  };

export const WELL = { 'is-system-running': 'running\n', 'is-enabled': 'disabled\n' };

/** A node with a network card that is plugged in, and a default route by it. */
export async function places(
  directory: string,
  files: Readonly<Record<string, string>> = {},
): Promise<CheckPlaces> {
  const at = (name: string): string => path.join(directory, name);
  const all = {
    'persist-state': 'writable\n',
    'clock-epoch': '',
    'proc/net/route': ROUTE,
    'sys/class/net/eth0/carrier': '1\n',
    'sys/class/net/eth0/device/vendor': '0x1af4\n',
    'sys/class/net/cni0/carrier': '1\n',
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    await mkdir(path.dirname(at(name)), { recursive: true });
    await writeFile(at(name), text, { mode: 0o755 });
  }
  return {
    ...{ proc: at('proc'), sys: at('sys'), policy: at('health.json'), persist: directory },
    ...{ persistState: at('persist-state'), buildTime: at('clock-epoch') },
    ...{ scripts: at('image'), nodeScripts: at('node'), dataReport: at('data.json') },
    ...{ kubelet: 'http://127.0.0.1:1/healthz' },
  };
}

export const HEAD = 'Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n';
const ROUTE = `${HEAD}eth0 00000000 0202000A 0003 0 0 1024 00000000 0 0 0\n`;

export const bad = (results: Awaited<ReturnType<typeof lookAround>>) =>
  results
    .filter(({ isGood }) => !isGood)
    .map(({ name, isRequired, blames, message }) => `${name} ${isRequired} ${blames}: ${message}`);
