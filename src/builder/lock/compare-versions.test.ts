import * as fc from 'fast-check';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { compareDebianVersions } from './compare-debian-versions.ts';
import { compareRpmVersions } from './compare-rpm-versions.ts';

const commands = hostCommands({ signal: new AbortController().signal });

const part = fc.stringMatching(/^[0-9](?:[a-c.+~]|[0-2]){0,6}$/);
const debian = fc
  .tuple(fc.constantFrom('', '0:', '1:'), part, fc.option(part, { nil: undefined }))
  .map(([epoch, upstream, revision]) => epoch + upstream + (revision ? `-${revision}` : ''));

test('orders Debian versions as dpkg does', async (t) => {
  const pairs = fc.sample(fc.tuple(debian, debian), { numRuns: 150, seed: 1 });
  for (const [a, b] of pairs) {
    const isOlder = await relates(a, 'lt', b);
    const expected = isOlder ? -1 : Number(!(await relates(a, 'eq', b)));
    t.is(Math.sign(compareDebianVersions(a, b)), expected, `${a} and ${b}`);
  }
});

async function relates(a: string, relation: string, b: string): Promise<boolean> {
  const args = ['--compare-versions', a, relation, b];
  const { exitCode } = await commands.run({ tool: 'dpkg', args, successCodes: [0, 1] });
  return exitCode === 0;
}

test('compares numbers that no double holds', (t) => {
  t.true(compareDebianVersions('20261124101010123456789', '20261124101010123456790') < 0);
  t.true(compareRpmVersions('20261124101010123456790', '20261124101010123456789') > 0);
});

const rpmPart = fc.stringMatching(/^[0-9](?:[a-c._~^]|[0-2]){0,6}$/);
const rpm = fc
  .tuple(fc.constantFrom('', '0:', '1:'), rpmPart, fc.option(rpmPart, { nil: undefined }))
  .map(([epoch, version, release]) => epoch + version + (release ? `-${release}` : ''));

test('orders RPM versions as rpm does', async (t) => {
  const pairs = fc.sample(fc.tuple(rpm, rpm), { numRuns: 500, seed: 1 });
  const lua = pairs.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}") .. " ")`).join(' ');
  const { stdout } = await commands.run({ tool: 'rpm', args: ['--eval', `%{lua: ${lua}}`] });
  const expected = stdout.trim().split(/\s+/).map(Number);
  t.deepEqual(
    pairs.map(([a, b]) => [a, b, Math.sign(compareRpmVersions(a, b))]),
    pairs.map(([a, b], index) => [a, b, expected[index]]),
  );
});
