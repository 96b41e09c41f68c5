import type { Mutant } from './mutant.ts';

const RECORDS = 'src/disk/two-copies.ts';
const STATE = 'src/agent/slots/save-state.ts';
const PREPARE = 'src/agent/upgrade/replace-standby.ts';
const SWITCH = 'src/agent/upgrade/switch-slot.ts';
const GRUB = 'src/agent/grub/write-grub.ts';
const DECIDE_GRUB = 'src/agent/grub/decide-grub.ts';

/** Found out by cuts of power at writes of the disk. */
export const POWER_CUT_MUTANTS: readonly Mutant[] = [
  {
    name: 'slot records are not flushed',
    file: RECORDS,
    find: '    await file.flush();\n',
    replace: '',
  },
  {
    name: 'only one copy of the slot records is written',
    file: RECORDS,
    find: 'for (const copy of [first, 1 - first])',
    replace: 'for (const copy of [0])',
  },
  {
    name: 'the environment block is not flushed',
    file: 'src/agent/slots/write-environment.ts',
    find: '  await environment.flush();\n',
    replace: '',
  },
  {
    name: 'the environment block is written before the records',
    file: STATE,
    find: `  if (!isDeepStrictEqual(before.records, after.records)) {
    await writeSlotRecords(disk.records, after.records);
  }
  if (!isDeepStrictEqual(before.environment, after.environment)) {
    await writeEnvironment(disk, { slots: after.environment });
  }
`,
    replace: `  if (!isDeepStrictEqual(before.environment, after.environment)) {
    await writeEnvironment(disk, { slots: after.environment });
  }
  if (!isDeepStrictEqual(before.records, after.records)) {
    await writeSlotRecords(disk.records, after.records);
  }
`,
  },
  {
    name: 'nothing is recorded before the root partition is written',
    file: PREPARE,
    find: '  await saveState(disk, state, writing);\n',
    replace: '',
  },
  {
    name: 'the slot files are not emptied before the root partition is written',
    file: PREPARE,
    find: '  await writeSlotFiles(disk.slotFiles[standby], emptySlotFiles());\n',
    replace: '',
  },
  {
    name: 'the slot files are written before the root partition',
    file: PREPARE,
    find: `  const report = await root.write();
  const { release, bootFiles } = root.finished();
  await writeSlotFiles(disk.slotFiles[standby], bootFiles);
`,
    replace: `  const { release, bootFiles } = root.finished();
  await writeSlotFiles(disk.slotFiles[standby], bootFiles);
  const report = await root.write();
`,
  },
  {
    name: 'the slot files are not flushed',
    file: PREPARE,
    find: '  await file.flush();\n',
    replace: '',
  },
  {
    name: 'the root partition is not flushed',
    file: 'src/release/fetch/block-writer.ts',
    find: '      await target.flush();\n',
    replace: '',
  },
  {
    name: 'the slot is recorded as written before its boot files are',
    file: PREPARE,
    find: `  await writeSlotFiles(disk.slotFiles[standby], bootFiles);
  const written = finishWriting(writing, release, { ...at, now: clock.now() });
  await saveState(disk, writing, written);
`,
    replace: `  const written = finishWriting(writing, release, { ...at, now: clock.now() });
  await saveState(disk, writing, written);
  await writeSlotFiles(disk.slotFiles[standby], bootFiles);
`,
  },
  {
    name: 'a commit is recorded before the block says it',
    file: SWITCH,
    find: '  return await switchBlock(request, state, commit(state, change(request)));',
    replace: `  const good = { ...state.records[disk.booted], state: 'good' as const };
  const recorded = { ...state, records: { ...state.records, [disk.booted]: good } };
  await saveState(disk, state, recorded);
  return await switchBlock(request, recorded, commit(recorded, change(request)));`,
  },
  {
    name: 'an activation is recorded as taken back before the block says it',
    file: SWITCH,
    find: '  return await switchBlock(request, state, deactivate(state, change(request)));',
    replace: `  const other = otherSlot(disk.booted);
  const written = { ...state.records[other], state: 'written' as const };
  const recorded = { ...state, records: { ...state.records, [other]: written } };
  await saveState(disk, state, recorded);
  return await switchBlock(request, recorded, deactivate(recorded, change(request)));`,
  },
  {
    name: 'a GRUB is not on the disk when it is asked for',
    file: GRUB,
    find: '  await file.flush();\n',
    replace: '',
  },
  {
    name: 'the sector that names the first GRUB is not flushed',
    file: GRUB,
    find: '  await sector.flush();\n',
    replace: '',
  },
  {
    name: 'a GRUB is asked for before it is written',
    file: DECIDE_GRUB,
    find: '  if (second?.version === brought.version) {',
    replace: '  if (second === null || second.version === brought.version) {',
  },
  {
    name: 'a GRUB is made the first before it booted the node',
    file: DECIDE_GRUB,
    find: '  if (second?.version !== booted || first?.version === booted) return null;',
    replace: '  if (second === null || first?.version === second.version) return null;',
  },
  {
    name: 'both copies of the slot records are on their way at once',
    file: RECORDS,
    find: '    await file.flush();\n  }\n',
    replace: '  }\n  await file.flush();\n',
  },
  {
    name: 'the newest copy of the slot records is written first',
    file: RECORDS,
    find: 'newest === null ? 0 : 1 - newest',
    replace: 'newest ?? 0',
  },
];
