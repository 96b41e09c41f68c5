import { readFile } from 'node:fs/promises';
import test from 'ava';
import { PROGRAM, USER } from '../../src/demo/image/kubeos-image.ts';

test('the image of the Dockerfile is started by the same user, and as the same program, as ours', async (t) => {
  const text = await readFile(new URL('../../Dockerfile', import.meta.url), 'utf8');
  t.true(text.includes(`\nUSER ${USER}\n`));
  t.true(text.includes(`\nENTRYPOINT ["/usr/bin/node", "${PROGRAM}"]\n`));
});
