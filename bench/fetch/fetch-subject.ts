import { fetchRelease } from '../../src/release/fetch/fetch-release.ts';
import { loadRelease } from '../../src/release/fetch/load-release.ts';
import { openSource } from '../../src/release/fetch/open-source.ts';
import { openTarget } from '../../src/release/fetch/open-target.ts';

/* One fetch into a new file: node bench/fetch/fetch-subject.ts URL DIGEST OUTPUT. */
const [url = '', digest = '', output = ''] = process.argv.slice(2);
const { signal } = new AbortController();
using opened = openSource([url], {});
const release = await loadRelease(opened.source, digest, signal);
await using target = await openTarget(output, release.table.imageBytes);
const report = await fetchRelease({ ...opened, release, listed: null, target, base: null, signal });
const { maxRSS } = process.resourceUsage();
process.stdout.write(`${JSON.stringify({ ...report, maxRSS })}\n`);
