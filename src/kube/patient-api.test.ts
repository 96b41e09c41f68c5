import test from 'ava';
import { PatientApi } from './patient-api.ts';
import { answeringApi, type TestAnswer } from './testing/answering-api.ts';

const busy = (seconds: string, status = 429): TestAnswer => ({
  ...{ status, headers: { 'Retry-After': seconds } },
});
const NODES = { method: 'GET', path: '/api/v1/nodes' } as const;

/** @returns the status that was told, and how often the server was asked for it */
async function asked(answers: readonly TestAnswer[]): Promise<readonly [number, number]> {
  let count = 0;
  await using server = await answeringApi(() => answers[count++] ?? {});
  const { status } = await new PatientApi(server.access).ask(NODES);
  return [status, count];
}

test('a server that says when it wants to be asked again is asked again', async (t) => {
  t.deepEqual(await asked([busy('0'), busy('1', 503), {}]), [200, 3]);
});

test('what it says without a time is an answer, and so is a time that nobody waits for', async (t) => {
  t.deepEqual(await asked([{ status: 429 }]), [429, 1]);
  t.deepEqual(await asked([{ status: 500 }]), [500, 1]);
  t.deepEqual(await asked([busy('120')]), [429, 1]);
});

test('a wait ends with the reason of who ended it', async (t) => {
  await using server = await answeringApi(() => busy('20'));
  const stop = new AbortController();
  const asking = new PatientApi(server.access).ask({ ...NODES, signal: stop.signal });
  const reason = new Error('stopped');
  setTimeout(() => stop.abort(reason), 100);
  t.is(await t.throwsAsync(asking), reason);
});
