import test from 'ava';
import fc from 'fast-check';
import { ModelNode, releaseOf, type Fault } from './model-node.ts';
import { ModelRun, type Mishap } from './model-run.ts';

const ONE = releaseOf('1.0.0', '1');
const TWO = releaseOf('2.0.0', '2');
const OLD = releaseOf('0.9.0', '0');

interface Given {
  readonly kind?: 'upgrade' | 'rollback';
  readonly standby?: typeof ONE | null;
  readonly target?: typeof ONE;
  readonly fault?: Fault;
}

function start({ kind = 'upgrade', standby = null, target = TWO, fault = 'none' }: Given = {}) {
  const node = new ModelNode([ONE, TWO, OLD], standby, fault);
  const { version, digest } = target;
  return new ModelRun(node, { kind, target: { version, digest }, holdCommitSeconds: 600 });
}

const WHOLE = ['preparing', 'prepared', 'rebooting', 'verifying', 'committed'];

const STORIES: readonly (readonly [string, Given, readonly string[]])[] = [
  ['a new release', {}, WHOLE],
  ['a release that the other slot had before', { standby: TWO }, WHOLE],
  [
    'the way back to what the other slot holds needs no preparing',
    { kind: 'rollback', standby: OLD, target: OLD },
    ['prepared', 'rebooting', 'committed'],
  ],
  ['the way back to what it does not hold', { kind: 'rollback', target: OLD }, WHOLE],
  ['a network that comes back', { fault: 'no-network' }, WHOLE],
  ['an agent that cannot hold a commit yet', { fault: 'older-agent' }, WHOLE],
  ['a release that the agent refuses', { fault: 'refused' }, ['preparing', 'failed']],
  [
    'a release that is not healthy',
    { fault: 'unhealthy' },
    ['preparing', 'prepared', 'rebooting', 'verifying', 'fell-back'],
  ],
  [
    'a slot that GRUB does not take',
    { fault: 'not-loaded' },
    ['preparing', 'prepared', 'rebooting', 'fell-back'],
  ],
  [
    'a way back that GRUB does not take ends; the node is not restarted again and again',
    { kind: 'rollback', standby: OLD, target: OLD, fault: 'not-loaded' },
    ['prepared', 'rebooting', 'fell-back'],
  ],
];

for (const [name, given, story] of STORIES) {
  test(`story: ${name}`, (t) => {
    const run = start(given);
    for (let tick = 0; tick < 300 && !run.isOver; tick += 1) run.tick();
    // What passes within a moment may be seen or not.
    t.deepEqual(
      run.story.filter((phase) => phase !== 'activating'),
      [...story],
      JSON.stringify(run.instance.status),
    );
    t.true(run.node.restarts.filter(({ by }) => by === 'proxy').length <= 1);
  });
}

const mishap: fc.Arbitrary<Mishap> = fc.oneof(
  { weight: 6, arbitrary: fc.constant('none' as const) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...(['proxy-killed', 'agent-killed', 'power-cut', 'report-lost'] as const),
      ...(['call-lost', 'answer-lost', 'api-away'] as const),
    ),
  },
);

const given: fc.Arbitrary<Given> = fc.oneof(
  fc.record({
    fault: fc.constantFrom<Fault>(
      ...(['none', 'no-network', 'refused', 'unhealthy', 'not-loaded', 'older-agent'] as const),
    ),
    standby: fc.constantFrom(null, TWO, OLD),
  }),
  fc.record({
    ...{ kind: fc.constant('rollback' as const), target: fc.constant(OLD) },
    fault: fc.constantFrom<Fault>('none', 'not-loaded'),
    standby: fc.constantFrom(OLD, null),
  }),
);

/** What may not be, of a run that is over. */
const WRONG: Readonly<Record<string, (run: ModelRun) => boolean>> = {
  'it does not end': ({ isOver }) => !isOver,
  'one boot was ended twice': ({ node }) => new Set(endedBy(node)).size !== endedBy(node).length,
  'it was restarted again and again': ({ node }) =>
    2 * endedBy(node).length > node.restarts.length + 1,
  'something else runs': ({ instance: { status, spec } }) =>
    isCommitted(status) && status.booted?.digest !== spec.run?.target.digest,
  'nobody has committed it': ({ node, instance: { status, spec } }) =>
    isCommitted(status) && spec.run?.kind === 'upgrade' && node.commits.length === 0,
  'nobody knows why': ({ instance: { status } }) => !isCommitted(status) && status.run?.code === '',
};

/** Boots that the proxy has ended. */
const endedBy = ({ restarts }: ModelNode): readonly number[] =>
  restarts.filter(({ by }) => by === 'proxy').map(({ boot }) => boot);

const isCommitted = ({ run }: ModelRun['instance']['status']): boolean =>
  run?.phase === 'committed';

test('whatever ends in between, a run ends: committed, or with a name for what failed; and no boot is ended twice', (t) => {
  const mishaps = fc.array(mishap, { maxLength: 60 });
  fc.assert(
    fc.property(given, mishaps, (what, happens) => {
      const run = start(what);
      for (const one of happens) run.tick(one);
      for (let tick = 0; tick < 400 && !run.isOver; tick += 1) run.tick();
      const wrong = Object.keys(WRONG).filter((name) => WRONG[name]?.(run) === true);
      const { status } = run.instance;
      const said = JSON.stringify({ wrong, status, restarts: run.node.restarts });
      if (wrong.length > 0) throw new Error(said);
    }),
    { numRuns: 3000 },
  );
  t.pass();
});
