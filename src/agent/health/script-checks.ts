import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { CommandReader } from '../command-runner.ts';
import { askHttp } from './ask-http.ts';
import { releaseCheck, type CheckResult } from './health-check.ts';
import type { HealthPolicy } from './health-policy.ts';

export interface CheckRunner {
  readonly read: CommandReader;
  /** So long one may take. */
  readonly seconds: number;
}

/** Scripts of a folder with `required.d` and `wanted.d`, as greenboot has them, all at once. */
export async function scriptChecks(folder: string, runner: CheckRunner): Promise<CheckResult[]> {
  const of = async (name: string, isRequired: boolean): Promise<CheckResult[]> => {
    const place = path.join(folder, name);
    const names = await readdir(place).catch((): string[] => []);
    const checks = names.toSorted().map(async (script) => {
      const result = await programCheck(script, [path.join(place, script)], runner);
      return { ...result, isRequired };
    });
    return await Promise.all(checks);
  };
  return [...(await of('required.d', true)), ...(await of('wanted.d', false))];
}

/** What the definition asks for: a program that ends with 0, or an address that answers with a 2xx. */
export async function definedChecks(
  checks: HealthPolicy['checks'],
  runner: CheckRunner,
): Promise<CheckResult[]> {
  const results = checks.map(async ({ name, command, http, required }) => {
    const result =
      command === undefined
        ? await addressCheck(name, http ?? '', runner)
        : await programCheck(name, command, runner);
    return { ...result, isRequired: required };
  });
  return await Promise.all(results);
}

async function addressCheck(
  name: string,
  url: string,
  { seconds }: CheckRunner,
): Promise<CheckResult> {
  const { status, text } = await askHttp(url, seconds * 1000);
  const isGood = status !== null && status >= 200 && status < 300;
  return releaseCheck(name, isGood, `${status ?? 'no answer'}: ${text}`);
}

async function programCheck(
  name: string,
  [program = '', ...args]: readonly string[],
  { read, seconds }: CheckRunner,
): Promise<CheckResult> {
  const { exitCode, stdout } = await read(program, args, { timeoutMs: seconds * 1000 });
  if (exitCode === 0) return releaseCheck(name, true, 'passed');
  const said = stdout.trim().split('\n').at(-1) ?? '';
  const code = exitCode ?? `none (not started, or killed after ${seconds} s)`;
  return releaseCheck(name, false, `exit code ${code}: ${said}`);
}
