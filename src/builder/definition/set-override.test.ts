import test from 'ava';
import { valueOf, type MapNode } from './located-node.ts';
import { parseLocatedYaml } from './parse-located-yaml.ts';
import { setOverride } from './set-override.ts';

function map(text: string): MapNode {
  const { node } = parseLocatedYaml(text, 'kubeos.yaml');
  if (node?.kind !== 'map') throw new Error('not a map');
  return node;
}

const set = test.macro({
  exec(t, override: string, expected: unknown) {
    const result = setOverride(map('name: a\nlist: [one, {x: 1}]\nunits: {mask: [m]}'), override);
    t.deepEqual(result.faults, []);
    t.like(valueOf(result.node), Object(expected));
  },
  title: (_, override) => `--set ${String(override)}`,
});

test(set, 'name=b', { name: 'b' });
test(set, 'name=', { name: '' });
test(set, 'name=a=b', { name: 'a=b' });
test(set, 'units.enable=[a.service, b.service]', {
  units: { mask: ['m'], enable: ['a.service', 'b.service'] },
});
test(set, 'list.1.x=2', { list: ['one', { x: 2 }] });
test(set, 'list=[]', { list: [] });
test(set, 'sysctl.net.ipv4.ip_forward=1', { sysctl: { 'net.ipv4.ip_forward': 1 } });
test(set, 'configuration."pam.limits".allow=[{key: x}]', {
  configuration: { 'pam.limits': { allow: [{ key: 'x' }] } },
});

test('an override that is none is told as such', (t) => {
  for (const override of ['', 'name', '=x', 'a..b=c', '.a=b', 'a.=b']) {
    t.is(
      setOverride(map('name: a'), override).faults[0]?.message,
      'this is not an override',
      override,
    );
  }
});

test('a password on the command line is not shown again', (t) => {
  const { faults } = setOverride(map('list: []'), 'list.3.password=hunter2');
  t.is(faults[0]?.place.file, '--set list.3.password=********');
});
