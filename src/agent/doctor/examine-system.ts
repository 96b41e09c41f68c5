import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CommandReader } from '../command-runner.ts';
import { readMounts } from '../install/read-mounts.ts';
import type { KernelFiles } from '../node/find-node-disk.ts';
import { bad, good, note, type Finding } from './finding.ts';

const UNITS = [
  ...['kubeos-agent.service', 'kubeos-fetch.socket', 'kubeos-health.socket'],
  ...['kubeos-last-words.socket', 'kubeos-configure.socket'],
];

/** What the agent needs of systemd. */
export async function examineUnits(read: CommandReader): Promise<readonly Finding[]> {
  return await Promise.all(
    UNITS.map(async (unit) => {
      const { stdout } = await read('systemctl', ['is-active', unit]);
      const state = stdout.trim() === '' ? 'unknown' : stdout.trim();
      if (state === 'active') return good(unit, state);
      return bad(unit, state, `systemctl restart ${unit}; journalctl -b -u ${unit} says why`);
    }),
  );
}

/** A clock that is wrong lets certificates and metadata end too early, or too late. */
export async function examineClock(read: CommandReader, at: Date): Promise<readonly Finding[]> {
  const { exitCode, stdout } = await read('timedatectl', [
    ...['show', '--property', 'NTPSynchronized', '--value'],
  ]);
  const now = at.toISOString();
  if (exitCode !== 0) return [note('clock', `${now}; nobody says whether it is right`)];
  if (stdout.trim() === 'yes') return [good('clock', `${now}, synchronised`)];
  return [note('clock', `${now}, not synchronised`, 'see to the time service of this node')];
}

/** Without it a root that was changed is not noticed, neither by an attacker nor by a bad disk. */
export async function examineRoot(files: KernelFiles): Promise<readonly Finding[]> {
  const commandLine = await readFile(path.join(files.proc, 'cmdline'), 'utf8');
  if (!/(?:^|\s)kubeos\.verity=/.test(commandLine)) {
    return [note('root', 'is not checked as it is read', 'build the image with root.verity: true')];
  }
  if (await standsOnVerity(files)) {
    return [good('root', 'every block is checked as it is read (dm-verity)')];
  }
  const remedy =
    'restart the node; if it says so again, install it anew and keep its disk to be looked at';
  return [
    bad('root', 'is to be checked as it is read (kubeos.verity), and is not on dm-verity', remedy),
  ];
}

/** The UUID of a mapped device begins with what it does (cryptsetup, lib/utils_devpath.c; dm-uuid in sysfs). */
async function standsOnVerity(files: KernelFiles): Promise<boolean> {
  const root = (await readMounts(files)).findLast(({ place }) => place === '/');
  const uuid = path.join(files.sys, 'dev/block', root?.number ?? '', 'dm/uuid');
  return (await readFile(uuid, 'utf8').catch(() => '')).startsWith('CRYPT-VERITY-');
}
