import fc from 'fast-check';
import test from 'ava';
import type { GrubLabel } from '../../disk/grub-seal.ts';
import { decideGrubTry, NO_TRY, type GrubTry } from '../../disk/grub-try.ts';
import { decideGrub, type FoundGrub, type GrubRest } from './decide-grub.ts';

const label = (digit: number): GrubLabel => ({
  version: `uefi-${String(digit).repeat(16)}`,
  epoch: digit,
});
const [ONE, TWO, THREE] = [label(1), label(2), label(3)];
const asked = (change: Partial<GrubTry>): GrubTry => ({ ...NO_TRY, ...change });

/** A node of release 2, whose GRUB is that of release 1. */
const FOUND: FoundGrub = {
  ...{ booted: ONE.version, first: ONE, second: null, secondSector: null },
  ...{ asked: NO_TRY, brought: TWO, isCommitted: true },
};

const rests = test.macro({
  exec(t, change: Partial<FoundGrub>, at: GrubRest) {
    t.deepEqual(decideGrub({ ...FOUND, ...change }), { kind: 'rest', at });
  },
  title: (given) => given ?? '',
});

test('a GRUB that is the release’s rests', rests, { first: TWO, booted: TWO.version }, 'current');
test('a release on trial changes nothing', rests, { isCommitted: false }, 'waits-for-commit');
test('a release without one changes nothing', rests, { brought: null }, 'not-brought');
test('after a rollback the newer one stays', rests, { first: THREE }, 'newer');
test(
  'one that is asked for waits for a restart',
  rests,
  { second: TWO, asked: asked({ wanted: TWO.version }) },
  'waits-for-restart',
);
test(
  'one that was tried and did not boot this node is not tried again',
  rests,
  { second: TWO, asked: asked({ tried: TWO.version }) },
  'failed',
);
test(
  'nor is it written again where it was damaged',
  rests,
  { second: null, asked: asked({ tried: TWO.version }) },
  'failed',
);
test(
  'one that booted a release on trial stays asked for',
  rests,
  {
    ...{ booted: TWO.version, second: TWO, isCommitted: false },
    asked: asked({ wanted: TWO.version }),
  },
  'on-trial',
);

test('what is asked for is taken back before its place is overwritten', (t) => {
  const before = { ...FOUND, second: THREE, asked: asked({ wanted: THREE.version }) };
  const brought = { ...TWO, epoch: 4 };
  t.deepEqual(decideGrub({ ...before, brought }), { kind: 'ask', asked: NO_TRY });
  t.deepEqual(decideGrub({ ...before, brought, asked: NO_TRY }), { kind: 'write', label: brought });
});

test('for a BIOS the place is said, and one that is not the second is not asked for', (t) => {
  const bios = { ...FOUND, second: TWO, secondSector: 1041 };
  const wanted = { wanted: TWO.version, tried: null, place: 1041 };
  t.deepEqual(decideGrub(bios), { kind: 'ask', asked: wanted });
  t.deepEqual(decideGrub({ ...bios, asked: { ...wanted, place: 34 } }), {
    kind: 'ask',
    asked: NO_TRY,
  });
});

/** A machine as far as its GRUB goes. A step that is cut off has done all or nothing: each is one write. */
interface Machine {
  first: GrubLabel | null;
  second: GrubLabel | null;
  asked: GrubTry;
  booted: string;
  release: GrubLabel;
  isCommitted: boolean;
  /** Versions that came as far as an agent. */
  readonly proven: Set<string>;
  /** How often each was started from the second place and did not come up. */
  readonly missed: Map<string, number>;
}

type Event =
  | { readonly kind: 'agent'; readonly steps: number }
  | { readonly kind: 'restart'; readonly comesUp: boolean }
  | { readonly kind: 'release'; readonly digit: number }
  | { readonly kind: 'commit' };

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('agent' as const), steps: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('restart' as const), comesUp: fc.boolean() }),
  fc.record({ kind: fc.constant('release' as const), digit: fc.integer({ min: 1, max: 5 }) }),
  fc.constant({ kind: 'commit' as const }),
);

function happen(machine: Machine, { kind, ...what }: Event): void {
  if (kind === 'commit') machine.isCommitted = true;
  if (kind === 'agent' && 'steps' in what) runAgent(machine, what.steps);
  if (kind === 'restart' && 'comesUp' in what) restart(machine, what.comesUp);
  if (kind === 'release' && 'digit' in what) {
    machine.release = label(what.digit);
    machine.isCommitted = false;
    restart(machine, true);
  }
}

function runAgent(machine: Machine, steps: number): void {
  for (let left = steps; left > 0; left -= 1) {
    const step = decideGrub({ ...machine, brought: machine.release, secondSector: null });
    if (step.kind === 'rest') return;
    if (step.kind === 'write') machine.second = step.label;
    if (step.kind === 'ask') machine.asked = step.asked;
    if (step.kind === 'swap') {
      [machine.first, machine.second] = [machine.second, machine.first];
    }
  }
}

/** `comesUp`: what a GRUB does that was never seen to work. */
function restart(machine: Machine, comesUp: boolean): void {
  const own = machine.first?.version ?? '';
  const tried = decideGrubTry(machine.asked, own);
  machine.booted = own;
  if (tried === null) return;
  machine.asked = tried.after;
  if (comesUp || machine.proven.has(tried.version)) {
    machine.booted = tried.version;
    machine.proven.add(tried.version);
    return;
  }
  machine.missed.set(tried.version, (machine.missed.get(tried.version) ?? 0) + 1);
}

const freshMachine = (): Machine => ({
  ...{ first: ONE, second: null, asked: NO_TRY, booted: ONE.version, release: ONE },
  ...{ isCommitted: true, proven: new Set([ONE.version]), missed: new Map<string, number>() },
});

const history = fc.array(event, { maxLength: 60 });

test('whatever happens, firmware starts a GRUB that booted this node before', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(history, (events) => {
        const machine = freshMachine();
        return events.every((one) => {
          happen(machine, one);
          return machine.first !== null && machine.proven.has(machine.first.version);
        });
      }),
      { numRuns: 2000 },
    ),
  );
});

test('where every GRUB comes as far as an agent, the last release that was committed ends with its own, or a newer one', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(history, (events) => {
        const machine = freshMachine();
        for (const one of events) {
          happen(machine, one.kind === 'restart' ? { ...one, comesUp: true } : one);
          runAgent(machine, 8);
        }
        machine.isCommitted = true;
        for (let boots = 0; boots < 3; boots += 1) {
          runAgent(machine, 8);
          restart(machine, true);
        }
        runAgent(machine, 8);
        return (machine.first?.epoch ?? 0) >= machine.release.epoch;
      }),
      { numRuns: 2000 },
    ),
  );
});

test('a GRUB that does not come up is started once, until another takes its place', (t) => {
  const machine = freshMachine();
  happen(machine, { kind: 'release', digit: 2 });
  happen(machine, { kind: 'commit' });
  for (let boots = 0; boots < 5; boots += 1) {
    runAgent(machine, 8);
    restart(machine, false);
  }
  t.is(machine.missed.get(TWO.version), 1);
  t.is(machine.first, ONE);
});
