import type { CommandReader } from '../command-runner.ts';
import { clockCheck } from './clock-check.ts';
import { dataCheck } from './data-check.ts';
import { excused } from './excused.ts';
import type { CheckResult } from './health-check.ts';
import { readHealthPolicy, type HealthPolicy } from './health-policy.ts';
import { isKubeletEnabled, kubeletCheck } from './kubelet-check.ts';
import { diskCheck, persistCheck, type PersistPlaces } from './persist-checks.ts';
import { routeCheck, type NetworkPlaces } from './route-check.ts';
import { definedChecks, scriptChecks } from './script-checks.ts';
import { systemCheck } from './system-check.ts';

export interface CheckPlaces extends NetworkPlaces, PersistPlaces {
  /** `health` of the image's definition. */
  readonly policy: string;
  /** Its time is that of the image's build. */
  readonly buildTime: string;
  /** Scripts that come with the image, and those of the node itself. */
  readonly scripts: string;
  readonly nodeScripts: string;
  /** What became of the data in /var when this boot began. */
  readonly dataReport: string;
  /** Where kubelet says that it is well. */
  readonly kubelet: string;
}

export const CHECK_PLACES: CheckPlaces = {
  proc: '/proc',
  sys: '/sys',
  policy: '/usr/lib/kubeos/health.json',
  persistState: '/run/kubeos/persist-state',
  persist: '/persist',
  buildTime: '/usr/lib/clock-epoch',
  scripts: '/usr/lib/kubeos/health.d',
  nodeScripts: '/etc/kubeos/health.d',
  dataReport: '/run/kubeos/data.json',
  kubelet: 'http://127.0.0.1:10248/healthz',
};

/** What every node is asked, and what its image and the node itself add: one round. */
export async function lookAround(
  places: CheckPlaces,
  read: CommandReader,
): Promise<readonly CheckResult[]> {
  const policy = await readHealthPolicy(places.policy);
  const runner = { read, seconds: policy.checkSeconds };
  const hasKubelet = await isKubeletEnabled(read);
  const results = await Promise.all([
    systemCheck(policy.units, read).then(one),
    persistCheck(places).then(one),
    diskCheck(places.persist).then(one),
    clockCheck(places.buildTime, new Date()).then(one),
    routeCheck(places, hasKubelet).then(one),
    hasKubelet ? kubeletCheck(places.kubelet).then(one) : [],
    dataCheck(places.dataReport),
    definedChecks(policy.checks, runner),
    scriptChecks(places.scripts, runner),
    policy.nodeChecks === 'none'
      ? []
      : scriptChecks(places.nodeScripts, runner).then(byNode(policy)),
  ]);
  return excused(results.flat()).map((result) => said(result, policy));
}

const one = (result: CheckResult): readonly CheckResult[] => [result];

/** Whether what a node's own scripts say decides anything, the image says: /etc is not trusted with that. */
const byNode =
  ({ nodeChecks }: HealthPolicy) =>
  (results: readonly CheckResult[]): readonly CheckResult[] =>
    results.map((result) => {
      return { ...result, isRequired: result.isRequired && nodeChecks === 'required' };
    });

const MAX_NAME = 64;
const MAX_WORDS = 200;

function said(result: CheckResult, { advisory }: HealthPolicy): CheckResult {
  return {
    ...result,
    name: result.name.slice(0, MAX_NAME),
    message: result.message.slice(0, MAX_WORDS),
    isRequired: result.isRequired && !advisory.includes(result.name),
  };
}
