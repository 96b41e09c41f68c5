import type { MigrationReport } from '../migration/measure-migration.ts';
import { secondsOf, type NodeReport } from './node-report.ts';
import type { RolloutReport } from './rollout-report.ts';
import { RUN_PHASES, type RunTimes } from './run-log.ts';
import { xmlDocument, type Element } from './xml.ts';

/**
 * JUnit's XML as Jenkins' xunit plugin checks it (junit-10.xsd) and GitLab reads it (docs.gitlab.com,
 * ci/testing/unit_test_reports): a case for each node, and one for the rollout as a whole, for what no node is to blame for.
 */
export function junitReport(report: RolloutReport): string {
  const { namespace, name, target } = report;
  const cases = [wholeCase(report), ...(report.nodes ?? []).map((node) => nodeCase(report, node))];
  const of = (kind: string): number =>
    cases.filter(({ children = [] }) => isCase(children, kind)).length;
  const counts = { tests: cases.length, failures: of('failure'), errors: 0 };
  const time = wholeSeconds(report).toFixed(3);
  const title = `kubeos rollout ${namespace}/${name} ${target?.version ?? ''}`.trim();
  const suite: Element = {
    name: 'testsuite',
    attributes: {
      ...{ name: title, ...counts, skipped: of('skipped'), time },
      // Without a zone, as Ant writes it: it is UTC.
      timestamp: (report.startedAt ?? report.watched.from).slice(0, 19),
    },
    children: [properties(report), ...cases],
  };
  return xmlDocument({
    name: 'testsuites',
    attributes: { name: 'kubeos rollout', ...counts, time },
    children: [suite],
  });
}

const isCase = (children: readonly (Element | string)[], kind: string): boolean =>
  children.some((child) => typeof child !== 'string' && child.name === kind);

function wholeSeconds({ startedAt, watched }: RolloutReport): number {
  const from = Date.parse(startedAt ?? watched.from);
  return Math.max(0, (Date.parse(watched.until) - from) / 1000);
}

/** GitLab shows it as the suite, Jenkins as package and class. */
const classOf = ({ namespace, name }: RolloutReport): string => `kubeos.${namespace}.${name}`;

function wholeCase(report: RolloutReport): Element {
  const { verdict, reason, message, ending, halted } = report;
  const isDone = verdict === 'done' && ending === 'certain';
  const how = ending === 'certain' ? '' : `${ENDINGS[ending]}: `;
  const failure: Element = {
    name: 'failure',
    attributes: { type: reason, message: firstLine(`${how}${message}`) },
    children: [
      [
        `${how}${reason}: ${message}`,
        ...(halted === null ? [] : [`halted at ${halted.at}: ${halted.reason}: ${halted.message}`]),
      ].join('\n'),
    ],
  };
  return {
    name: 'testcase',
    attributes: {
      // No node can be called so.
      ...{ classname: classOf(report), name: 'the rollout as a whole' },
      time: wholeSeconds(report).toFixed(3),
    },
    children: isDone ? [] : [failure],
  };
}

const ENDINGS = {
  'timed-out': 'not certain in the time that was given',
  ...{ interrupted: 'no longer waited for', error: 'could not be waited for' },
} as const;

function nodeCase(report: RolloutReport, node: NodeReport): Element {
  const { node: name, result, state, message, runs } = node;
  const lastLines = runs.flatMap((run) => run.lastLines);
  const said = [message, ...lastLines].join('\n');
  const attributes = { type: state, message: firstLine(message) };
  const ends: Readonly<Record<NodeReport['result'], readonly Element[]>> = {
    passed: [],
    failed: [{ name: 'failure', attributes, children: [said] }],
    skipped: [{ name: 'skipped', attributes, children: [said] }],
  };
  const seconds = secondsOf(node);
  return {
    name: 'testcase',
    attributes: {
      ...{ classname: classOf(report), name },
      ...(seconds !== null && { time: seconds.toFixed(3) }),
    },
    children: [...ends[result], ...systemOut(node)],
  };
}

function systemOut({ wave, runs }: NodeReport): readonly Element[] {
  const lines = [...(wave === null ? [] : [`wave ${wave}`]), ...runs.map(runLine)];
  return lines.length === 0 ? [] : [{ name: 'system-out', children: [lines.join('\n')] }];
}

/** `upgrade: prepare 40 s, wait 3 s, drain 20 s, switch 95 s` */
function runLine({ kind, seconds }: RunTimes): string {
  const parts = RUN_PHASES.flatMap((phase) =>
    seconds[phase] === undefined ? [] : [`${phase} ${seconds[phase]} s`],
  );
  return `${kind}: ${parts.length === 0 ? 'nothing of it was over' : parts.join(', ')}`;
}

function properties(report: RolloutReport): Element {
  const { target, verdict, ending, halted, waves, phases } = report;
  const said = {
    ...(target !== null && { version: target.version, digest: target.digest }),
    ...{ verdict, reason: report.reason, ending },
    ...(halted !== null && { halted: `${halted.at} ${halted.reason}: ${halted.message}` }),
    ...Object.fromEntries(
      waves.map(({ wave, upTo, state, finishedAt }) => {
        return [`wave.${wave}`, `${state}, up to ${upTo} nodes, ${finishedAt ?? 'not finished'}`];
      }),
    ),
    ...Object.fromEntries(
      Object.entries(phases).map(([phase, { medianSeconds, longestSeconds, longestNode }]) => {
        return [
          `phase.${phase}`,
          `median ${medianSeconds} s, longest ${longestSeconds} s (${longestNode})`,
        ];
      }),
    ),
    ...(report.migration !== null && migrationProperties(report.migration)),
    ...(report.nodes === null && { nodes: 'not seen: no right to list nodes and osinstances' }),
  };
  return {
    name: 'properties',
    children: Object.entries(said).map(([name, value]) => {
      return { name: 'property', attributes: { name, value } };
    }),
  };
}

/** Of thousands the JSON report has the rest. */
const MOST_PROPERTIES = 50;

function migrationProperties(migration: MigrationReport): Readonly<Record<string, string>> {
  const { servicesWatched, withoutEndpoint, moves } = migration;
  const gaps = withoutEndpoint.slice(0, MOST_PROPERTIES).map((gap) => {
    const { service, seconds, gaps: count, isOver } = gap;
    const longest = `${gap.longestSeconds} s from ${gap.longestSince}`;
    const end = isOver ? '' : ', and has none now';
    return [
      `service.${service}`,
      `${seconds} s without a Ready endpoint in ${count}, longest ${longest}${end}`,
    ] as const;
  });
  const owners = moves.slice(0, MOST_PROPERTIES).map(({ owner, pods, moves: count }) => {
    return [`moves.${owner}`, `${count} of ${pods} pods`] as const;
  });
  return {
    services: `${withoutEndpoint.length} of ${servicesWatched} were without a Ready endpoint`,
    ...Object.fromEntries<string>([...gaps, ...owners]),
  };
}

const MOST_IN_LINE = 300;

/** What a list of cases shows; all of it stands in the text. */
function firstLine(message: string): string {
  const [line = ''] = message.split('\n', 1);
  return line.length > MOST_IN_LINE ? `${line.slice(0, MOST_IN_LINE)}…` : line;
}
