import test from 'ava';
import type { DiffFacts, SystemSummary } from './image-diff.ts';
import { judgeUpgrade } from './judge-upgrade.ts';

const SYSTEM: SystemSummary = {
  path: 'disk.raw',
  name: 'minimal',
  version: '1.0.0',
  epoch: 7,
  securityFloor: 0,
  release: 'sha256:aa',
  fileSystem: 'ext4',
  hasVerity: true,
  imageSize: 300 * 2 ** 20,
  capacity: 640 * 2 ** 20,
  contents: null,
  faults: [],
};
const NONE = { added: [], removed: [] };
const FACTS: DiffFacts = {
  before: SYSTEM,
  after: { ...SYSTEM, epoch: 8, release: 'sha256:bb' },
  isSame: false,
  kernelArguments: NONE,
  kernels: NONE,
  layout: NONE,
  units: { present: NONE, started: NONE, masked: NONE },
  packages: [],
  accounts: [],
  files: [],
};

const judged = (facts: DiffFacts): string[] =>
  judgeUpgrade(facts, { mode: 'named', items: [] }).map(
    ({ level, subject, text }) => `${level}: ${subject}: ${text}`,
  );

const says = test.macro({
  title: (name = '') => name,
  exec(t, change: Partial<DiffFacts>, line: RegExp) {
    const lines = judged({ ...FACTS, ...change });
    t.true(
      lines.some((found) => line.test(found)),
      lines.join('\n'),
    );
  },
});

const withAfter = (change: Partial<SystemSummary>): Partial<DiffFacts> => ({
  after: { ...FACTS.after, ...change },
});
const withBefore = (change: Partial<SystemSummary>): Partial<DiffFacts> => ({
  before: { ...FACTS.before, ...change },
});

test('a plain upgrade needs a reboot and nothing else', (t) => {
  t.deepEqual(judged(FACTS), [
    'fact: root image: 300 MiB (no change), in a slot of 640 MiB',
    'fact: reboot: needed: the root file system changes as a whole',
  ]);
});

test(
  'another name blocks',
  says,
  withAfter({ name: 'large' }),
  /^blocks: name: minimal becomes large/,
);
test(
  'an image larger than the slot blocks',
  says,
  withAfter({ imageSize: 700 * 2 ** 20 }),
  /^blocks: root image: 700 MiB \(\+400 MiB\), in a slot of 640 MiB: it does not fit$/,
);
test(
  'an image that nearly fills the slot is worth a look',
  says,
  withAfter({ imageSize: 600 * 2 ** 20 }),
  /^attention: root image: .*: little is left for later releases$/,
);
test(
  'a smaller epoch is a downgrade',
  says,
  withAfter({ epoch: 6 }),
  /^attention: epoch: goes back from 7 to 6: this is a downgrade$/,
);
test(
  'a downgrade below the floor blocks',
  says,
  { ...withAfter({ epoch: 3 }), ...withBefore({ securityFloor: 4 }) },
  /^blocks: epoch: goes back from 7 to 3: nodes refuse it, their floor is 4$/,
);
test(
  'an epoch that did not grow is worth a look',
  says,
  withAfter({ epoch: 7 }),
  /^attention: epoch: stays 7/,
);
test(
  'a rising floor says that there is no way back',
  says,
  withAfter({ securityFloor: 8 }),
  /^attention: floor: rises from 0 to 8/,
);
test(
  'verity that is switched off is said plainly',
  says,
  withAfter({ hasVerity: false }),
  /^attention: dm-verity: is switched off: root on the node will be able to write/,
);
test(
  'another file system is named',
  says,
  withAfter({ fileSystem: 'erofs' }),
  /^attention: file system: ext4 becomes erofs$/,
);
test(
  'a rebuilt kernel of the same version is noticed',
  says,
  {
    files: [
      {
        path: '/boot/vmlinuz',
        before: stateOf('aa'),
        after: stateOf('bb'),
        differences: ['content'],
      },
    ],
  },
  /^attention: kernel: same version, another build$/,
);

test('what blocks comes first, then what needs attention, then facts', (t) => {
  const facts = { ...FACTS, ...withAfter({ name: 'large', hasVerity: false }) };
  t.deepEqual(
    judged(facts).map((line) => line.split(':')[0]),
    ['blocks', 'attention', 'fact', 'fact'],
  );
});

function stateOf(sha256: string) {
  return {
    ...({ kind: 'file', mode: '0644', owner: '0:0', size: 1 } as const),
    ...{ target: null, sha256, attributes: null },
  };
}
