import type { Mutant } from './mutant.ts';

const METADATA = 'src/release/fetch/metadata-cache.ts';
const REPLACE = 'src/disk/replace-file.ts';

/** Found out by cuts of power at changes of a file system. */
export const FILE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the files of a set of metadata are not flushed before it is named',
    file: METADATA,
    find: '  await flushTree(set);\n',
    replace: '',
  },
  {
    name: 'a set of metadata is named before its files are written',
    file: METADATA,
    find: '  await mkdir(set, { mode: 0o700 });\n',
    replace: `  await mkdir(set, { mode: 0o700 });
  await symlink(path.basename(set), set + '.early');
  await rename(set + '.early', path.join(path.dirname(set), CURRENT));
`,
  },
  {
    name: 'the name of a set of metadata is not flushed',
    file: METADATA,
    find: '  await flush(directory);\n',
    replace: '',
  },
  {
    name: 'the link to a set of metadata is removed and made anew, not renamed',
    file: METADATA,
    find: '  await rename(link, path.join(directory, CURRENT));\n',
    replace: `  await rm(path.join(directory, CURRENT), { force: true });
  await symlink(name, path.join(directory, CURRENT));
`,
  },
  {
    name: 'the old set of metadata is removed before the new one is named',
    file: METADATA,
    find: '  await rename(link, path.join(directory, CURRENT));\n',
    replace: `  await removeOthers(directory, name);
  await symlink(name, link);
  await rename(link, path.join(directory, CURRENT));
`,
  },
  {
    name: 'a file that replaces another is not flushed before it is renamed',
    file: REPLACE,
    find: '    await made.sync();\n',
    replace: '',
  },
  {
    name: 'a file that replaces another is written in its place',
    file: REPLACE,
    find: '  await rename(`${file}.new`, file);\n',
    replace: `  await using place = await open(file, 'w', MODE);
  await place.writeFile(content);
  await place.sync();
`,
  },
  {
    name: 'the new name of a file that replaces another is not flushed',
    file: REPLACE,
    find: '  await flush(directory);\n',
    replace: '',
  },
];
