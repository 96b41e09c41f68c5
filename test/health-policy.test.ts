import test from 'ava';
import { healthPolicySchema } from '../src/agent/health/health-policy.ts';
import { definitionSchema } from '../src/builder/definition/schema.ts';

const healthOf = (health: object) => {
  const base = { type: 'tar', path: 'root.tar' };
  return definitionSchema.parse({ name: 'node', version: '1', base, health }).health;
};

test('the agent takes what the builder writes of health, and has the same defaults', (t) => {
  t.deepEqual(healthPolicySchema.parse({}), healthOf({}));
  const health = healthOf({
    ...{ units: ['a.service'], advisory: ['route'], nodeChecks: 'required', checkSeconds: 60 },
    checks: [
      { name: 'runs', command: ['/usr/bin/true', 'argument'] },
      { name: 'answers', http: 'http://127.0.0.1:5000/', required: false },
    ],
  });
  t.deepEqual(healthPolicySchema.parse(JSON.parse(JSON.stringify(health))), health);
});
