import type { Mutant } from './mutant.ts';

const PREPARE = 'src/agent/upgrade/replace-standby.ts';
const SWITCH = 'src/agent/upgrade/switch-slot.ts';

/** Found out by a disk that loses, or a fetcher that lies. */
export const DISK_FAULT_MUTANTS: readonly Mutant[] = [
  {
    name: 'the slot files are not compared with what was written',
    file: PREPARE,
    find: "if (hash('sha256', stored) === hash('sha256', bytes)) return;",
    replace: 'if (stored.length === bytes.length) return;',
  },
  {
    name: 'the root partition is not read back',
    file: 'src/agent/upgrade/prepare-slot.ts',
    find: '  if ((await wrongBlock(request)) === null) return report;\n',
    replace: '  if (request !== null) return report;\n',
  },
  {
    name: 'the root partition is not read back after it was written again',
    file: 'src/agent/upgrade/prepare-slot.ts',
    find: '  if (block === null) return report;\n',
    replace: '  if (block !== -1) return report;\n',
  },
  {
    name: 'a block is written before it is compared with the table',
    file: 'src/release/fetch/block-writer.ts',
    find: '    if (!matches(table, index, raw)) {\n',
    replace:
      '    await behind.write(index, raw, () => {});\n    if (!matches(table, index, raw)) {\n',
  },
  {
    name: 'a slot that was good is tried again without a look at it',
    file: 'src/agent/upgrade/prepare-slot.ts',
    find: "  return has.state === 'good' && (await wrongBlock(request)) === null;\n",
    replace: "  return has.state === 'good';\n",
  },
  {
    name: 'a slot that was good is made the next without a look at it',
    file: SWITCH,
    find: '  await assertGood(request.disk, state);\n',
    replace: '',
  },
  {
    name: 'a slot that was good is activated without a look at it',
    file: SWITCH,
    find: "  if (has === 'good') await assertGood(disk, state);\n",
    replace: '',
  },
];
