import test from 'ava';
import { chooseVictim } from './choose-victim.ts';

const idle = (client: string, name = '') => ({ client, running: 0, name });
const busy = (client: string, name = '') => ({ client, running: 1, name });

test('nobody goes while there is room', (t) => {
  t.is(chooseVictim([idle('a'), idle('b')], 4), undefined);
});

test('one too many costs the client with most connections the one that is idle longest', (t) => {
  const all = [busy('a'), idle('a', 'this'), idle('a'), idle('b'), idle('c')];
  t.is(chooseVictim(all, 4)?.name, 'this');
});

test('half is for one client, however busy: its newest goes where none is idle', (t) => {
  t.is(chooseVictim([busy('a'), busy('a'), idle('a', 'this')], 4)?.name, 'this');
  t.is(chooseVictim([idle('a', 'this'), busy('a'), idle('a')], 4)?.name, 'this');
});

test('where all are busy, who comes is refused', (t) => {
  t.is(chooseVictim([busy('a'), busy('b'), idle('c', 'this')], 2)?.name, 'this');
});
