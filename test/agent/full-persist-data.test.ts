import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readCommand } from '../../src/agent/command-runner.ts';
import { makeRecordFile } from '../../src/agent/node/open-node-disk.ts';
import { realDataFiles } from '../../src/agent/persist/data-files.ts';
import type { RanRelease } from '../../src/agent/persist/data-journal.ts';
import { settleData } from '../../src/agent/persist/settle-data.ts';
import { fallback, ONE, trial, TWO } from '../../src/agent/persist/testing/data-story.ts';
import { ITEMS, type DataBoot } from '../../src/agent/persist/testing/data-node.ts';
import { openPositional } from '../../src/disk/positional-file.ts';
import { mountSmallPersist, type FullPersist, type Scarce } from './full-persist.ts';

interface SmallNode extends AsyncDisposable {
  readonly persist: FullPersist;
  /** What happens before services start, with the real tools. @returns what is said about it */
  boot(boot: DataBoot): Promise<string | undefined>;
  write(text: string): Promise<void>;
  /** Null where kubelet has no checkpoint. */
  read(): Promise<string | null>;
}

async function smallNode(scarce: Scarce): Promise<SmallNode> {
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await mkdtempDisposable('/var/tmp/kubeos-full-data-'));
  const place = path.join(directory.path, 'persist');
  const persist = stack.use(await mountSmallPersist(place, scarce));
  const at = (name: string): string => path.join(place, name);
  const checkpoint = at('var/lib/kubelet/cpu');
  await mkdir(path.dirname(checkpoint), { recursive: true });
  await mkdir(at('kubeos/state'), { recursive: true });
  await makeRecordFile(at('kubeos/state/journal'));
  const held = stack.move();
  return {
    persist,
    boot: async ({ running, isTrial = false, other }) => {
      await using journal = await openPositional(at('kubeos/state/journal'), { isWritable: true });
      const outcome = await settleData({
        ...{ journal, running, isTrial, other: otherOf(other) },
        files: realDataFiles(readCommand),
        places: { persist: place, kept: at('kubeos/state') },
        rules: { dataEpoch: 0, items: [...ITEMS] },
        hooks: { find: async () => null, run: async () => undefined },
        now: () => new Date(),
      });
      return outcome.problem?.message ?? outcome.journal.said?.text;
    },
    write: async (text) => await writeFile(checkpoint, text, { flag: 'w', flush: true }),
    read: async () => await readFile(checkpoint, 'utf8').catch(() => null),
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

const otherOf = (release: RanRelease | null) =>
  release === null ? null : { digest: release.digest, dataEpoch: 0, isCommitted: false };

for (const scarce of ['room', 'files'] satisfies Scarce[]) {
  test(`data comes back on a PERSIST without ${scarce} left: that only renames`, async (t) => {
    if (userInfo().uid !== 0) {
      t.pass('only root can mount a small file system');
      return;
    }
    await using node = await smallNode(scarce);
    await node.boot({ running: ONE, other: null });
    await node.write('old');
    await node.boot(trial(TWO, ONE));
    await node.write('new');
    await node.persist.fill();
    t.regex((await node.boot(fallback(ONE, TWO))) ?? '', /^put back what was saved/);
    t.is(await node.read(), 'old');
  });

  test(`where a PERSIST without ${scarce} left lets nothing be saved, the trial goes on`, async (t) => {
    if (userInfo().uid !== 0) {
      t.pass('only root can mount a small file system');
      return;
    }
    await using node = await smallNode(scarce);
    await node.boot({ running: ONE, other: null });
    await node.write('old');
    await node.persist.fill();
    t.regex((await node.boot(trial(TWO, ONE))) ?? '', /of 1\.0\.0 was not saved/);
    t.is(await node.read(), 'old');
    t.regex((await node.boot(fallback(ONE, TWO))) ?? '', /^moved aside \(kubelet\)/);
    t.is(await node.read(), null, 'kubelet makes a new one');
  });
}
