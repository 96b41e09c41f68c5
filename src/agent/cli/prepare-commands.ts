import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { askAgent } from '../client/ask-agent.ts';
import { operationSchema } from '../operations/operation.ts';
import { releasePlanSchema, type ReleasePlan } from '../upgrade/plan-release.ts';
import { mib } from './describe-bytes.ts';
import type { Invocation, Said } from './command.ts';
import { refuseTarOptions, tarOrderOf } from './tar-order.ts';
import { waitForOperation } from './wait-for-operation.ts';

/** `kubeos-agent plan RELEASE` */
export async function plan(invocation: Invocation): Promise<Said> {
  const { socket, signal } = invocation;
  const answer = await askAgent({
    ...{ socket, signal, method: 'POST', path: '/v1/plan' },
    body: { release: namedRelease(invocation, 'plan'), ...repositoryOf(invocation) },
  });
  const content = releasePlanSchema.parse(answer);
  return { text: describePlan(content), document: { kind: 'ReleasePlan', content } };
}

/** `kubeos-agent prepare RELEASE`, or `prepare --image-url URL` */
export async function prepare(invocation: Invocation): Promise<Said> {
  const { socket, signal, options } = invocation;
  const isTar = options['image-url'] !== undefined;
  const asked = isTar ? tarOrderOf(invocation) : releaseOrderOf(invocation);
  const answer = await askAgent({
    ...{ socket, signal, method: 'POST', path: '/v1/prepare' },
    body: { ...asked, ...limitsOf(invocation), allowFailed: options['allow-failed'] === true },
  });
  const { operation } = z.object({ operation: operationSchema }).parse(answer);
  await waitForOperation(operation, invocation);
  const name = 'release' in asked ? asked.release : asked.version;
  return { text: `${name} is in the standby slot: kubeos-agent activate\n` };
}

function releaseOrderOf(invocation: Invocation) {
  refuseTarOptions(invocation);
  return {
    release: namedRelease(invocation, 'prepare'),
    ...repositoryOf(invocation),
    allowOlder: invocation.options['allow-older'] === true,
  };
}

function namedRelease({ positionals: [release] }: Invocation, command: string): string {
  if (release !== undefined) return release;
  throw new KubeosError('USAGE', 'name the release: a digest, a version or a channel', {
    hint: `kubeos-agent ${command} stable`,
  });
}

const repositoryOf = ({ options: { repository } }: Invocation) =>
  typeof repository === 'string' ? { repository } : {};

const LIMITS = [
  ['max-transfer', 'maxTransferBytes'],
  ['limit-rate', 'bytesPerSecond'],
] as const;

function limitsOf({ options }: Invocation): Record<string, number> {
  return Object.fromEntries(
    LIMITS.flatMap(([option, field]) => {
      const said = options[option];
      return typeof said === 'string' ? [[field, bytesOf(option, said)]] : [];
    }),
  );
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 };

function bytesOf(option: string, said: string): number {
  const [, digits = '', unit = ''] = /^(\d{1,12})([KMG]?)$/.exec(said) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? 0);
  if (bytes > 0) return bytes;
  const message = `--${option} ${JSON.stringify(said)} is no number of bytes`;
  throw new KubeosError('USAGE', message, { hint: `say it like --${option} 20M` });
}

export function describePlan(planned: ReleasePlan): string {
  const { release, imageBytes, standbyBytes, how, bytesToFetch, packFrom, refusals } = planned;
  const { blocks, blocksReused, blocksCopied } = planned;
  const from = how === 'pack' && packFrom !== null ? `a delta pack from ${packFrom}` : WAYS[how];
  return [
    `${release.version}  epoch ${release.epoch}  ${release.digest}`,
    `  image ${mib(imageBytes)}, root partition ${mib(standbyBytes)}`,
    `  of ${blocks} MiB ${blocksReused} are in the standby slot already, ${blocksCopied} in the running one`,
    `  to fetch: ${how === 'nothing' ? 'nothing' : `${mib(bytesToFetch)} as ${from}`}`,
    ...refusals.map(({ why, remedy }) => `  refused: ${why}\n    ${remedy}`),
    ...(refusals.length === 0 ? ['  nothing speaks against it'] : []),
    '',
  ].join('\n');
}

const WAYS = {
  nothing: 'nothing',
  pack: 'a delta pack',
  frames: 'parts of the image',
  whole: 'the whole image',
} as const;
