import test from 'ava';
import { serveHealth } from './serve-health.ts';

test('what it waits for makes a process unready, and no reason to start it anew', async (t) => {
  let unready: string | null = 'the agent does not answer';
  await using health = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    {
      unreadyBecause: () => unready,
    },
  );
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${health.port}${path}`);
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  t.is(await ask('/healthz'), '200 ok');
  t.is(await ask('/readyz'), '503 the agent does not answer');
  unready = null;
  t.is(await ask('/readyz'), '200 ok');
  t.is(await ask('/metrics'), '404 see /healthz and /readyz');
});

test('a port that somebody has is named, with what to do', async (t) => {
  const source = { unreadyBecause: () => null };
  await using health = await serveHealth({ host: '127.0.0.1', port: 0 }, source);
  const { port } = health;
  await t.throwsAsync(serveHealth({ host: '127.0.0.1', port }, source), {
    code: 'HOST_NOT_READY',
    message: new RegExp(`^cannot listen on 127\\.0\\.0\\.1 port ${port}: .*EADDRINUSE`),
  });
});
