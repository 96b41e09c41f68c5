import { fileURLToPath } from 'node:url';

// Two tiers: what every change must pass, and `*.long.test.ts`, run by `npm run test:long`.
const isLong = process.env.KUBEOS_TEST_TIER === 'long';
const folders = ['src', 'test'];

/** Begun first, so that none of them is alone at the end; minutes each. */
const LONGEST = [
  'test/nodes/',
  'test/agent/upgrade.test.ts',
  'test/agent/falling-back.test.ts',
  'test/agent/install.test.ts',
  'test/boot/',
  'test/initramfs-boot.test.ts',
  'test/build/interrupted.test.ts',
  'test/agent/mutation/',
  'src/agent/upgrade/power-cut.test.ts',
  'test/rollout/',
  'test/cluster/',
];

function rankOf(file) {
  const rank = LONGEST.findIndex((part) => file.includes(part));
  return rank === -1 ? LONGEST.length : rank;
}

export default {
  files: folders.flatMap((folder) =>
    isLong
      ? [`${folder}/**/*.long.test.ts`]
      : [`${folder}/**/*.test.ts`, `!${folder}/**/*.long.test.ts`],
  ),
  extensions: ['ts'],
  // One more than the cores that CI has: a machine that is emulated keeps one busy, but nodes and control planes mostly wait.
  concurrency: 3,
  sortTestFiles: (one, other) => rankOf(one) - rankOf(other) || (one < other ? -1 : 1),
  timeout: '30m',
  environmentVariables: {
    TZ: 'UTC',
    NO_COLOR: '1',
    // Each test file, and each command that it runs, is a process of its own: half of its start was compiling.
    NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url)),
  },
};
