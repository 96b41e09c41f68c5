// Two tiers: what every change must pass, and `*.long.test.ts`, run by `npm run test:long`.
const isLong = process.env.KUBEOS_TEST_TIER === 'long';
const folders = ['src', 'test'];

export default {
  files: folders.flatMap((folder) =>
    isLong
      ? [`${folder}/**/*.long.test.ts`]
      : [`${folder}/**/*.test.ts`, `!${folder}/**/*.long.test.ts`],
  ),
  extensions: ['ts'],
  // Each boots machines or runs compilers: as many at once as there are cores.
  concurrency: 2,
  timeout: '30m',
  environmentVariables: { TZ: 'UTC', NO_COLOR: '1' },
};
