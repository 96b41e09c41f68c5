import test from 'ava';
import { contentIdOf, vmdkDescriptorPlace, withContentId } from './normalise-vmdk.ts';

test('replaces the content identifier of the disk and not that of its parent', (t) => {
  const text = 'version=1\nCID=0a1b2c3d\nparentCID=ffffffff\n';
  const result = withContentId(Buffer.from(text), '11112222');
  t.is(Buffer.from(result).toString(), 'version=1\nCID=11112222\nparentCID=ffffffff\n');
});

test('never gives the identifier that means "no parent"', (t) => {
  t.is(contentIdOf(`ffffffff${'0'.repeat(56)}`), 'fffffffe');
  t.is(contentIdOf(`fffffff0${'0'.repeat(56)}`), 'fffffff0');
});

test('refuses a file that is no VMDK, and a descriptor without an identifier', (t) => {
  t.like(
    t.throws(() => vmdkDescriptorPlace(Buffer.alloc(512))),
    { code: 'BUILD_CHECK_FAILED' },
  );
  t.like(
    t.throws(() => withContentId(Buffer.from('version=1\n'), '11112222')),
    {
      code: 'BUILD_CHECK_FAILED',
    },
  );
});
