import test from 'ava';
import { KubeosError } from '../errors.ts';
import { knownError } from './known-error.ts';
import { renderError, whereMoreIs } from './render-error.ts';

test('an error of ours tells what to do next, and shows no stack', (t) => {
  const error = new KubeosError('HOST_NOT_READY', 'sgdisk is not installed', {
    hint: 'apt-get install gdisk',
  });
  t.is(renderError(error), 'kubeos: sgdisk is not installed\n→ apt-get install gdisk');
});

test('anything else is a bug and says so, with its stack', (t) => {
  t.regex(
    renderError(new TypeError('x is undefined')),
    /bug in kubeos.*TypeError: x is undefined\n\s+at /s,
  );
});

test('a failure while cleaning up does not hide the first one', (t) => {
  const first = new KubeosError('NO_SPACE', 'the disk is full');
  const error = new SuppressedError(new Error('rm failed'), first);
  t.regex(renderError(error), /^kubeos: the disk is full\nThen cleaning up failed too:\n/);
  t.is(knownError(error), first);
});

test('a full disk is no bug, whoever met it', (t) => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  });
  t.like(knownError(error), { code: 'NO_SPACE', exitCode: 4 });
  t.regex(renderError(error), /^kubeos: the disk is full: ENOSPC.*\n→ free some space/);
});

test('an error names the page of its code, unless its message has all that there is', (t) => {
  t.is(whereMoreIs(new KubeosError('NETWORK', 'x')), '\n  more: kubeos explain NETWORK');
  t.is(whereMoreIs(new KubeosError('USAGE', 'x')), '');
  t.is(whereMoreIs(new TypeError('x')), '');
});
