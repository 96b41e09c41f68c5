import test from 'ava';
import { contentIdOf, vmdkDescriptorPlace, withContentId } from './normalise-vmdk.ts';

const descriptorWith = (contentId: string): Buffer =>
  Buffer.from(`version=1\nCID=${contentId}\nparentCID=ffffffff\n`.padEnd(512, '\0'));

test('replaces the content identifier of the disk and not that of its parent', (t) => {
  const result = withContentId(descriptorWith('0a1b2c3d'), '11112222');
  t.deepEqual(Buffer.from(result), descriptorWith('11112222'));
});

test('gives the same bytes for an identifier that was written without its leading zeros', (t) => {
  for (const random of ['1', '21756ae', 'ffffffff']) {
    t.deepEqual(withContentId(descriptorWith(random), '00112222'), descriptorWith('00112222'));
  }
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
