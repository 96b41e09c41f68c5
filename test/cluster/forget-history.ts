import { z } from 'zod';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const rangeSchema = z.object({ header: z.object({ revision: z.string() }) });

/**
 * etcd forgets what was, as it does every five minutes: an API server that starts after it can tell nobody of it.
 * By its JSON gateway (https://etcd.io/docs/v3.6/dev-guide/api_grpc_gateway/).
 */
export async function forgetHistory({ etcd }: ControlPlane): Promise<void> {
  const ask = async (what: 'range' | 'compaction', body: object): Promise<unknown> => {
    const answer = await fetch(`${etcd}/v3/kv/${what}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
    });
    if (!answer.ok) throw new Error(`etcd: ${what}: ${await answer.text()}`);
    return await answer.json();
  };
  const key = Buffer.from('/registry').toString('base64');
  const { header } = rangeSchema.parse(await ask('range', { key }));
  await ask('compaction', { revision: header.revision, physical: true });
}
