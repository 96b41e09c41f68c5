import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Finding } from './finding.ts';
import { examineRoot } from './examine-system.ts';

const VERITY = 'kubeos.verity=abc,4096';
const MOUNTED = '29 1 254:0 / / ro,relatime shared:1 - ext4 /dev/mapper/kubeos-root ro\n';

const finds = test.macro({
  exec: async (t: ExecutionContext, words: string, { uuid, found }: Case) => {
    await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
    const [proc, sys] = [path.join(directory.path, 'proc'), path.join(directory.path, 'sys')];
    const device = path.join(sys, 'dev/block/254:0/dm');
    await mkdir(path.join(proc, 'self'), { recursive: true });
    await mkdir(device, { recursive: true });
    await writeFile(path.join(proc, 'cmdline'), `ro ${words}\n`);
    await writeFile(path.join(proc, 'self/mountinfo'), MOUNTED);
    if (uuid !== undefined) await writeFile(path.join(device, 'uuid'), `${uuid}\n`);
    const [finding] = await examineRoot({ proc, sys, dev: '/dev' });
    t.is(finding?.state, found);
  },
  title: (_, words, { uuid, found }) =>
    `root with "${words}" on ${uuid ?? 'no mapped device'} is ${found}`,
});

interface Case {
  readonly uuid?: string;
  readonly found: Finding['state'];
}

test(finds, VERITY, { uuid: 'CRYPT-VERITY-0123-kubeos-root', found: 'good' });
test(finds, VERITY, { uuid: 'CRYPT-PLAIN-kubeos-root', found: 'bad' });
test(finds, VERITY, { found: 'bad' });
test(finds, '', { found: 'note' });
