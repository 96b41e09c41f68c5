import test from 'ava';
import { definitionSchema } from '../definition/schema.ts';
import type { SourceTree } from './definition-files.ts';
import { unitsIn } from './tree-facts.ts';

test('units that a folder of the build host brings are known', (t) => {
  const { files } = definitionSchema.parse({
    ...{ name: 'node', version: '1', base: { type: 'tar', path: 'root.tar' } },
    files: [
      { path: '/etc/systemd', source: 'systemd' },
      { path: '/opt/app', source: 'app' },
    ],
  });
  const item = (path: string) =>
    ({ path, kind: 'file', isExecutable: false, content: '' }) as const;
  const sources: SourceTree = new Map([
    ['systemd', [item('/system/mine.service'), item('/system/mine.service.d/a.conf')]],
    ['app', [item('/other.service')]],
  ]);
  t.deepEqual(unitsIn(sources, files), ['mine.service']);
});
