import type { OsObject } from '../../rollout/api/os-object.ts';
import { readVerdict } from '../../rollout/client/read-verdict.ts';
import type { NodeProgress } from '../../rollout/progress/node-progress.ts';
import type { RolloutDisplay } from './rollout-display.ts';

const HEARTBEAT_MS = 60_000;

interface Writer {
  write(text: string): unknown;
}

/** JSON lines: `progress` of the object, `node` of each node that does something else now, `heartbeat`, `trouble`, `log`. */
export function eventDisplay(stderr: Writer, now: () => number): RolloutDisplay {
  const told = new Map<string, string>();
  let lastMs = now();
  let last = '';
  const emit = (event: string, fields: object): void => {
    lastMs = now();
    const time = new Date(lastMs).toISOString();
    stderr.write(`${JSON.stringify({ event, time, ...fields })}\n`);
  };
  return {
    tell: (os) => {
      const fields = progressFields(os);
      if (JSON.stringify(fields) !== last) emit('progress', fields);
      last = JSON.stringify(fields);
    },
    draw: ({ os, nodes, left }) => {
      for (const node of nodes ?? []) {
        if (isNews(told, node)) emit('node', { name: os.metadata.name, ...nodeFields(node) });
      }
      if (now() - lastMs < HEARTBEAT_MS) return;
      const leftSeconds = left === null ? null : Math.round(left.ms / 1000);
      emit('heartbeat', { name: os.metadata.name, leftSeconds });
    },
    trouble: (message) => emit('trouble', { message }),
    log: (message) => emit('log', { message }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function progressFields(os: OsObject): object {
  const { kind: verdict, reason, message } = readVerdict(os);
  return { name: os.metadata.name, verdict, reason, message, counts: os.status.counts };
}

/** How far it has fetched is not: that changes all the time. */
function isNews(
  told: Map<string, string>,
  { name, result, doing, message }: NodeProgress,
): boolean {
  const said = `${result} ${doing} ${message}`;
  if (told.get(name) === said) return false;
  told.set(name, said);
  return true;
}

const nodeFields = ({
  name: node,
  result,
  doing,
  percent,
  gates,
  message,
}: NodeProgress): object => ({
  ...{ node, result, doing, percent, gates, message },
});
