import { writeSync } from 'node:fs';
import { KubeosError } from '../../../src/errors.ts';
import { fetchOnce } from './test-fetch.ts';

/* One fetch in a process that can be killed: ADDRESS DIGEST OUTPUT [MAX_BYTES]. A line for each block that is right. */
const [address = '', digest = '', output = '', maxBytes] = process.argv.slice(2);
try {
  const report = await fetchOnce({
    addresses: [address],
    digest,
    output,
    options: maxBytes === undefined ? {} : { maxTransferBytes: Number(maxBytes) },
    more: { onProgress: ({ blocksDone }) => writeSync(1, `${blocksDone}\n`) },
  });
  writeSync(1, `${JSON.stringify(report)}\n`);
} catch (error) {
  if (!(error instanceof KubeosError)) throw error;
  writeSync(1, `${error.code}\n`);
  process.exitCode = error.exitCode;
}
