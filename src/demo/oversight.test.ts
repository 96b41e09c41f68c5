import test from 'ava';
import { KubeosError } from '../errors.ts';
import { oversee } from './oversight.ts';

const death = (name: string) => new KubeosError('COMMAND_FAILED', `${name} has ended`);

test('a death ends all waits, and is told instead of what others made of it', (t) => {
  const { signal, onDeath, causeOf } = oversee(new AbortController().signal, '/logs');
  const [first, failure] = [death('etcd'), new Error('kubectl failed')];
  t.is(causeOf(failure), failure);
  onDeath(first);
  onDeath(death('kube-apiserver'));
  t.is(signal.reason, first);
  t.is(causeOf(failure), first);
});

test('who stops the demonstration is told so, whatever ends after it', (t) => {
  const stop = new AbortController();
  const { signal, onDeath, causeOf } = oversee(stop.signal, '/logs');
  stop.abort('SIGINT');
  onDeath(death('etcd'));
  t.is(signal.reason, 'SIGINT');
  t.is(causeOf(new Error('stopped while kubectl ran')), 'SIGINT');
});
