import { osName, type OsObject } from '../api/os-object.ts';
import { readVerdict } from './read-verdict.ts';

/** One line of where a rollout is: what a log of CI shows each time that it changes. */
export function describeProgress(os: OsObject): string {
  const { reason, message } = readVerdict(os);
  return `${os.metadata.name}: ${reason}: ${message} [${countsOf(os)}]`;
}

/** All that a person wants to know at once; lines without the last line's end. */
export function describeRollout(os: OsObject): string {
  const { reason, message } = readVerdict(os);
  const { target, rollout, waiting } = os.status;
  const release = target === null ? '' : `  ${target.version}  ${target.digest}`;
  const since = rollout === null ? '' : `, since ${rollout.startedAt}`;
  return [
    `${osName(os)}${release}`,
    `  ${reason}: ${message}`,
    `  nodes: ${countsOf(os)}${since}`,
    ...(waiting.length === 0 ? [] : ['  waiting:']),
    ...waiting.map(({ node, gates }) => `    ${node}  ${gates.map(gateText).join('; ')}`),
  ].join('\n');
}

/** What has happened, the oldest first. */
export function describeHistory({ status }: OsObject): string {
  return status.history
    .map(({ time, reason, message }) => `${time}  ${reason}  ${message}`)
    .join('\n');
}

function countsOf({ status: { counts, nodes } }: OsObject): string {
  const said = Object.entries(counts).filter(([, count]) => count > 0);
  const parts = said.map(([stage, count]) => `${count} ${stage}`);
  return [`${nodes ?? 0} in all`, ...parts].join(', ');
}

const gateText = ({ gate, because }: { readonly gate: string; readonly because: string }): string =>
  `${gate}: ${because}`;
