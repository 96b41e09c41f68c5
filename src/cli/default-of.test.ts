import test from 'ava';
import { defaultOf } from './default-of.ts';

const ssh = { type: 'number', summary: 'Port' } as const;
const out = { type: 'string', summary: 'Folder', default: 'out' } as const;

test('the environment comes before the default, and only under the name of the option', (t) => {
  t.deepEqual(defaultOf('out', out, { KUBEOS_OUT: 'elsewhere', KUBEOS_OTHER: 'x' }), {
    default: 'elsewhere',
  });
  t.deepEqual(defaultOf('out', out, {}), { default: 'out' });
  t.deepEqual(defaultOf('ssh-port', ssh, { KUBEOS_SSH_PORT: '2222' }), { default: 2222 });
  t.deepEqual(defaultOf('ssh-port', ssh, { KUBEOS_SSH_PORT: '' }), {});
});

test('a value of the wrong kind is a usage error that names the variable', (t) => {
  const error = t.throws(() => defaultOf('ssh-port', ssh, { KUBEOS_SSH_PORT: 'many' }));
  t.like(error, { code: 'USAGE', message: 'KUBEOS_SSH_PORT is "many", expected a number' });
  const json = { type: 'boolean', summary: 'JSON' } as const;
  t.throws(() => defaultOf('json', json, { KUBEOS_JSON: 'yes' }), { code: 'USAGE' });
});
