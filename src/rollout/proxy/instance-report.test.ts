import { json } from 'node:stream/consumers';
import test from 'ava';
import { answeringApi } from '../../kube/testing/answering-api.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { InstanceReport } from './instance-report.ts';

test('what a node says is written once, as it can be shown, and not again when it is read back', async (t) => {
  let written = 0;
  await using server = await answeringApi(async (request) => {
    const { metadata, status } = (await json(request)) as OsInstance;
    written += 1;
    return { body: { metadata: { ...metadata, resourceVersion: `${written}` }, status } };
  });
  const remembered: OsInstance[] = [];
  const newReport = (): InstanceReport =>
    new InstanceReport({
      ...{ api: server.api, nodeName: 'n1', signal: new AbortController().signal },
      remember: (answer) => remembered.push(osInstanceSchema.parse(answer)),
    });
  const instance = osInstanceSchema.parse({ metadata: { name: 'n1' } });
  const run = { id: 'r', phase: 'failed', code: 'X', message: 'two\nlines\u001b[2J' } as const;
  const report = { ...instance.status, run };
  t.is(await newReport().write(instance, report), null);
  t.like(remembered[0]?.status.run, { message: 'two?lines?[2J' });
  // Another proxy, after the one that wrote it.
  t.is(await newReport().write(remembered[0] ?? instance, report), null);
  t.is(written, 1);
});
