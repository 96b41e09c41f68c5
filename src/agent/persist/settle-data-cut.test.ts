import test, { type ExecutionContext } from 'ava';
import { startDataNode, type DataBoot, type DataNode } from './testing/data-node.ts';
import type { CutMoment } from './testing/failing-files.ts';
import {
  committed,
  fallback,
  node,
  ONE,
  read,
  THREE,
  trial,
  TWO,
  write,
} from './testing/data-story.ts';

/** A start that may be cut anywhere, and what has to be there when it was ended. */
interface Transition {
  readonly from: () => Promise<DataNode>;
  readonly boot: DataBoot;
  /** The release before starts again instead. */
  readonly back?: DataBoot;
  /** What is done before the restart into that trial. */
  readonly leave?: DataBoot;
}

const transitions: Readonly<Record<string, Transition>> = {
  'a trial': { from: node, boot: trial(TWO, ONE), back: fallback(ONE, TWO) },
  'a migration': { from: node, boot: trial(THREE, ONE), back: fallback(ONE, THREE) },
  'a fallback': {
    from: async () => {
      const one = await node();
      await one.boot(trial(TWO, ONE));
      await write(one, '2');
      return one;
    },
    boot: fallback(ONE, TWO),
  },
  'a fallback from a migration': {
    from: async () => {
      const one = await node();
      await one.boot(trial(THREE, ONE));
      await write(one, '3');
      return one;
    },
    boot: fallback(ONE, THREE),
  },
  'a rollback that was migrated': {
    from: async () => {
      const one = await node();
      await one.boot(trial(THREE, ONE));
      await write(one, '3');
      await one.leave(committed(THREE, ONE));
      return one;
    },
    boot: committed(ONE, THREE),
    back: committed(THREE, ONE),
    leave: committed(THREE, ONE),
  },
  'a trial of an older release': {
    from: async () => {
      const one = await startDataNode();
      await one.boot(committed(THREE, ONE));
      await write(one, '3');
      await one.leave(committed(THREE, ONE));
      return one;
    },
    boot: trial(ONE, THREE),
    back: fallback(THREE, ONE),
    leave: committed(THREE, ONE),
  },
  'undoing what a migration began': {
    from: async () => {
      const one = await node();
      await one.boot({ ...trial(THREE, ONE), isHookBad: true });
      await write(one, '3');
      return one;
    },
    boot: fallback(ONE, THREE),
  },
};

/** Before an effect is after the one before it. */
const MOMENTS: readonly CutMoment[] = ['half', 'after'];

/** Cuts at every effect; twice where the recovery is cut too. @returns how many states there were */
async function cutEverywhere(t: ExecutionContext, name: string, one: Transition): Promise<number> {
  await using start = await one.from();
  const before = await read(start);
  await using whole = await start.copy();
  await whole.boot(one.boot);
  const [after, journal, aside] = [
    await read(whole),
    await whole.journal(),
    await whole.readAside(),
  ];
  let states = 0;
  for (let at = 1; at <= whole.effects; at += 1) {
    for (const moment of MOMENTS) {
      const title = `${name}: ${moment} effect ${at}`;
      await using cut = await start.copy();
      t.is(await cut.boot({ ...one.boot, cut: { at, moment } }), null, title);
      await using again = await cut.copy();
      await again.boot({ ...one.boot, cut: { at: 1 + (at % 7), moment } });
      await again.boot(one.boot);
      t.deepEqual(await read(again), after, `${title}, and again`);
      t.deepEqual(await again.readAside(), aside, `${title}: moved aside`);
      t.like(await again.journal(), { writer: journal?.writer ?? null, step: null }, title);
      states += 2;
      if (one.back === undefined || (await isOwned(cut, one.boot))) continue;
      await cut.boot({ ...one.back, cut: { at: 1 + (at % 5), moment } });
      await using neither = await cut.copy();
      if (one.leave !== undefined) await neither.leave(one.leave);
      await neither.boot(one.boot);
      t.deepEqual(await read(neither), after, `${title}, back cut too, and forward`);
      await cut.boot(one.back);
      t.deepEqual(await read(cut), before, `${title}, and back`);
      if (one.leave !== undefined) await cut.leave(one.leave);
      await cut.boot(one.boot);
      t.deepEqual(await read(cut), after, `${title}, back and forward`);
      states += 3;
    }
  }
  return states;
}

/** What a committed release took over for good is migrated for the other one, and not put back. */
async function isOwned(node: DataNode, { running, isTrial = false }: DataBoot): Promise<boolean> {
  return !isTrial && (await node.journal())?.writer.digest === running.digest;
}

for (const [name, one] of Object.entries(transitions)) {
  test(`${name} may be cut at every effect, and its recovery too`, async (t) => {
    t.log(`${await cutEverywhere(t, name, one)} states`);
  });
}
