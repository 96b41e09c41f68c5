import test from 'ava';
import { isForeign } from '../../host/foreign-programs.ts';
import { probeAccelerator, runsGuests } from './probe-accelerator.ts';

const { signal } = new AbortController();

for (const arch of ['amd64', 'arm64'] as const) {
  // Emulation runs the same instructions as KVM does, and is there on every host.
  test(`the program of the probe for ${arch} runs to its end`, async (t) => {
    t.true(await runsGuests(arch, 'tcg', signal));
  });
}

test('guests of another architecture are emulated, whatever /dev/kvm can do', async (t) => {
  const foreign = isForeign('arm64') ? 'arm64' : 'amd64';
  t.is(await probeAccelerator(foreign, signal), 'tcg');
  // QEMU itself has no KVM for them: the probe would have said so too.
  t.false(await runsGuests(foreign, 'kvm', signal));
});

test('a probe that is stopped is no answer', async (t) => {
  await t.throwsAsync(runsGuests('amd64', 'tcg', AbortSignal.abort()), { name: 'AbortError' });
});
