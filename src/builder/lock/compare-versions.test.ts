import { execFileSync } from 'node:child_process';
import * as fc from 'fast-check';
import test from 'ava';
import { compareDebianVersions } from './compare-debian-versions.ts';
import { compareRpmVersions } from './compare-rpm-versions.ts';

const SIGNS = new Map([
  ['lt', -1],
  ['eq', 0],
  ['gt', 1],
]);

const part = fc.stringMatching(/^[0-9](?:[a-c.+~]|[0-2]){0,6}$/);
const debian = fc
  .tuple(fc.constantFrom('', '0:', '1:'), part, fc.option(part, { nil: undefined }))
  .map(([epoch, upstream, revision]) => epoch + upstream + (revision ? `-${revision}` : ''));

test('orders Debian versions as dpkg does', (t) => {
  fc.assert(
    fc.property(debian, debian, (a, b) => {
      const relation = [...SIGNS.keys()].find((one) => {
        try {
          execFileSync('dpkg', ['--compare-versions', a, one, b], { stdio: 'ignore' });
          return true;
        } catch {
          return false;
        }
      });
      t.is(
        Math.sign(compareDebianVersions(a, b)),
        SIGNS.get(relation ?? '') ?? NaN,
        `${a} and ${b}`,
      );
    }),
    { numRuns: 200 },
  );
});

test('compares numbers that no double holds', (t) => {
  t.true(compareDebianVersions('20261124101010123456789', '20261124101010123456790') < 0);
  t.true(compareRpmVersions('20261124101010123456790', '20261124101010123456789') > 0);
});

const rpmPart = fc.stringMatching(/^[0-9](?:[a-c._~^]|[0-2]){0,6}$/);
const rpm = fc
  .tuple(fc.constantFrom('', '0:', '1:'), rpmPart, fc.option(rpmPart, { nil: undefined }))
  .map(([epoch, version, release]) => epoch + version + (release ? `-${release}` : ''));

test('orders RPM versions as rpm does', (t) => {
  const pairs = fc.sample(fc.tuple(rpm, rpm), { numRuns: 500, seed: 1 });
  const lua = pairs.map(([a, b]) => `print(rpm.vercmp("${a}", "${b}") .. " ")`).join(' ');
  const output = execFileSync('rpm', ['--eval', `%{lua: ${lua}}`], { encoding: 'utf8' });
  const expected = output.trim().split(/\s+/).map(Number);
  t.deepEqual(
    pairs.map(([a, b]) => [a, b, Math.sign(compareRpmVersions(a, b))]),
    pairs.map(([a, b], index) => [a, b, expected[index]]),
  );
});
