import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly core: number;
  /** Bytes of each range, at places chosen by chance; null asks for the whole. */
  readonly rangeBytes: number | null;
  readonly sizeBytes: number;
  /** Where the script of wrk is written. */
  readonly script: string;
}

export interface LoadResult {
  readonly requests: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Runs wrk on a core of its own. @throws Error when an answer was not 2xx, or a socket failed */
export function runWrk(load: Load): LoadResult {
  const { url, connections, seconds, core, script } = load;
  writeFileSync(script, luaOf(load));
  const args = [
    '-c',
    String(core),
    'wrk',
    '-t1',
    '--timeout',
    '30s',
    `-c${connections}`,
    `-d${seconds}s`,
  ];
  const text = execFileSync('taskset', [...args, '-s', script, url], { encoding: 'utf8' });
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(text);
  const [, requests, bytes, microseconds] = /RESULT (\d+) (\d+) (\d+)/.exec(text) ?? [];
  return {
    requests: Number(requests),
    bytes: Number(bytes),
    seconds: Number(microseconds) / 1e6,
  };
}

function luaOf({ rangeBytes, sizeBytes }: Load): string {
  const places = rangeBytes === null ? 1 : Math.floor(sizeBytes / rangeBytes);
  return `
math.randomseed(1)
${
  rangeBytes === null
    ? ''
    : `request = function()
  local start = math.random(0, ${places - 1}) * ${rangeBytes}
  wrk.headers["Range"] = string.format("bytes=%d-%d", start, start + ${rangeBytes - 1})
  return wrk.format()
end`
}
done = function(summary)
  print(string.format("RESULT %d %d %d", summary.requests, summary.bytes, summary.duration))
end
`;
}
