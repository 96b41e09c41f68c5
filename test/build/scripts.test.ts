import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { kubeos, ROOT } from '../boot/testbed.ts';

test('a script that brings a package of its own is refused, with a lockfile and without', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-script-');
  const definition = path.join(directory.path, 'kubeos.yaml');
  await writeFile(
    definition,
    `extends: ${path.relative(directory.path, path.join(ROOT, 'fixtures/images/minimal/kubeos.yaml'))}
scripts:
  - name: bring one
    run: |
      #!/bin/sh
      cat >> /var/lib/dpkg/status <<'END'
      Package: planted
      Status: install ok installed
      Version: 1.0-1
      Architecture: all
      Maintainer: nobody <nobody@example.com>
      Description: nobody locked it

      END
`,
  );
  const out = path.join(directory.path, 'out');
  const refusal = {
    message: /other packages than the lock\ninstalled, not locked: planted 1\.0-1 all/,
  };
  await t.throwsAsync(kubeos('build', definition, '--out', out, '--quiet'), refusal);
  await kubeos('lock', definition);
  await t.throwsAsync(kubeos('build', definition, '--out', out, '--locked', '--quiet'), refusal);
});
