import { readdir, readFile } from 'node:fs/promises';
import { get } from 'node:http';
import path from 'node:path';
import type { CommandReader } from '../command-runner.ts';
import type { CheckResult } from './health-check.ts';

export interface CheckPlaces {
  /** Of the initramfs: how PERSIST was mounted. */
  readonly persistState: string;
  /** Folders with `required.d` and `wanted.d`, as greenboot has them; only what comes with an image is run. */
  readonly scripts: readonly string[];
  /** Where kubelet says that it is well. */
  readonly kubelet: string;
}

export const CHECK_PLACES: CheckPlaces = {
  persistState: '/run/kubeos/persist-state',
  scripts: ['/usr/lib/kubeos/health.d'],
  kubelet: 'http://127.0.0.1:10248/healthz',
};

/** What every node is asked, and the scripts that its image brings: one round. */
export async function lookAround(
  places: CheckPlaces,
  read: CommandReader,
): Promise<readonly CheckResult[]> {
  const scripts = (await Promise.all(places.scripts.map(scriptsIn))).flat();
  const kubelet = await kubeletCheck(places.kubelet, read);
  const results = [
    await systemCheck(read),
    await persistCheck(places.persistState),
    ...(kubelet === null ? [] : [kubelet]),
    ...(await Promise.all(scripts.map(async (script) => await scriptCheck(script, read)))),
  ];
  return results.map((result) => ({
    ...result,
    name: result.name.slice(0, MAX_NAME),
    message: result.message.slice(0, MAX_WORDS),
  }));
}

const MAX_NAME = 64;
const MAX_WORDS = 200;

/** systemd reached its target, and no unit has failed. */
async function systemCheck(read: CommandReader): Promise<CheckResult> {
  const of = (isGood: boolean, message: string): CheckResult => {
    return { name: 'systemd', isGood, isRequired: true, blames: 'release', message };
  };
  const { stdout: state } = await read('systemctl', ['is-system-running']);
  if (state.trim() === 'running') return of(true, 'running');
  const { stdout: units } = await read('systemctl', [
    ...['list-units', '--failed', '--no-legend', '--plain', '--full'],
  ]);
  const failed = units
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '')
    .filter((unit) => unit !== '');
  const names = failed.length === 0 ? '' : `: ${failed.join(', ')}`;
  return of(false, `${state.trim()}${names}`);
}

const KUBELET_TIMEOUT_MS = 3000;

/** @returns null on a node without kubelet */
async function kubeletCheck(url: string, read: CommandReader): Promise<CheckResult | null> {
  const { stdout } = await read('systemctl', ['is-enabled', 'kubelet.service']);
  if (stdout.trim() !== 'enabled') return null;
  const said = await ask(url);
  const isGood = said === 'ok';
  return { name: 'kubelet', isGood, isRequired: true, blames: 'release', message: said };
}

async function ask(url: string): Promise<string> {
  return await new Promise((resolve) => {
    const asking = get(url, { timeout: KUBELET_TIMEOUT_MS }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text = `${text}${chunk}`.slice(0, MAX_WORDS)));
      answer.on('end', () => resolve(text));
    });
    asking.on('timeout', () => asking.destroy(new Error('does not answer')));
    asking.on('error', (error) => resolve(error.message));
  });
}

/** A PERSIST that cannot be written is no fault of a release. */
async function persistCheck(file: string): Promise<CheckResult> {
  const state = (await readFile(file, 'utf8').catch(() => 'unknown')).trim();
  const isGood = state === 'writable';
  const message = `PERSIST is ${state}`;
  return { name: 'persist', isGood, isRequired: true, blames: 'node', message };
}

interface Script {
  readonly file: string;
  readonly isRequired: boolean;
}

async function scriptsIn(folder: string): Promise<Script[]> {
  const of = async (name: string, isRequired: boolean): Promise<Script[]> => {
    const place = path.join(folder, name);
    const names = await readdir(place).catch((): string[] => []);
    return names.toSorted().map((script) => ({ file: path.join(place, script), isRequired }));
  };
  return [...(await of('required.d', true)), ...(await of('wanted.d', false))];
}

async function scriptCheck(
  { file, isRequired }: Script,
  read: CommandReader,
): Promise<CheckResult> {
  const { exitCode, stdout } = await read(file, []);
  const isGood = exitCode === 0;
  const said = stdout.trim().split('\n').at(-1) ?? '';
  const message = isGood ? 'passed' : `exit code ${exitCode ?? 'none'}: ${said}`;
  return { name: path.basename(file), isGood, isRequired, blames: 'release', message };
}
