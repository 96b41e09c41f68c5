import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = import.meta.dirname;
const VERSION = '7.0.1';
const installed = path.join(here, '../../node_modules/.cache', `python-tuf-${VERSION}`);

/** The packages of python-tuf, from the Python package index, kept for the next run. */
async function pythonTuf(): Promise<string> {
  try {
    await access(installed);
    return installed;
  } catch {
    const staged = `${installed}.${randomUUID()}`;
    await mkdir(path.dirname(installed), { recursive: true });
    const quiet = ['--quiet', '--disable-pip-version-check', '--target', staged];
    await run('python3', ['-m', 'pip', 'install', ...quiet, `tuf==${VERSION}`, 'cryptography']);
    // Another test file may have been faster.
    await rename(staged, installed).catch(async () => await rm(staged, { recursive: true }));
    return installed;
  }
}

export interface TufClientRequest {
  /** Address of the repository. */
  readonly address: string;
  /** A folder with root.json; the client keeps its cache there. */
  readonly trusted: string;
  /** An existing folder. */
  readonly downloads: string;
  readonly names: readonly string[];
}

export interface TufClientResult {
  readonly targets?: Readonly<Record<string, string | null>>;
  /** The class of its error. */
  readonly refused?: string;
}

/** One update by python-tuf. */
export async function runTufClient(request: TufClientRequest): Promise<TufClientResult> {
  const script = fileURLToPath(new URL('repository-tuf-client.py', import.meta.url));
  const { address, trusted, downloads, names } = request;
  const { stdout } = await run('python3', [script, address, trusted, downloads, ...names], {
    env: {
      ...process.env,
      PYTHONPATH: await pythonTuf(),
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    },
  });
  return JSON.parse(stdout) as TufClientResult;
}
