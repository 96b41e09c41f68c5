import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CACHE_FOLDER } from '../../host/cache-folder.ts';
import { holdLock } from '../../host/hold-lock.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { compile } from './compile.ts';

const FIXTURES = fileURLToPath(new URL('fixtures/', import.meta.resolve('#package')));
/** Beside what builds cache: a checkout is thrown away more often than these change. */
const CACHE = path.join(CACHE_FOLDER, 'test-programs');

export interface GoModule {
  /** Below fixtures/; go.mod and go.sum in it pin everything by digest. */
  readonly folder: string;
  /** What its programs are called here, and where Go finds them. */
  readonly programs: Readonly<Record<string, string>>;
  /** For go build's -ldflags. */
  readonly linkerFlags?: readonly string[];
}

/**
 * The folder with the programs of a Go module, which are built where this host has them not yet: by one process at a
 * time, as two would only slow each other down. What the module's files, or these flags, say differently goes elsewhere.
 */
export async function buildModule(
  module: GoModule,
  signal = new AbortController().signal,
): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const place = path.join(CACHE, `${module.folder.replaceAll('/', '-')}-${await keyOf(module)}`);
  for (let isTold = false; ;) {
    if (await isThere(place)) return place;
    // The kernel takes the lock from a builder that dies, so this wait has an end.
    await using lock = await holdLock(CACHE);
    if (lock === undefined) {
      if (!isTold) process.stderr.write(`${waiting(module)}\n`);
      isTold = true;
      await pause(500, undefined, { signal });
    } else if (!(await isThere(place))) await buildInto(place, module, signal);
  }
}

const waiting = ({ programs }: GoModule): string =>
  `waiting for another process that builds programs in ${CACHE}, then for ${Object.keys(programs).join(', ')}`;

async function keyOf({ folder, programs, linkerFlags }: GoModule): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([programs, linkerFlags, process.platform, process.arch]));
  for (const name of (await readdir(path.join(FIXTURES, folder))).sort()) {
    const content = await readFile(path.join(FIXTURES, folder, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

async function buildInto(place: string, module: GoModule, signal: AbortSignal): Promise<void> {
  await using scratch = await openScratch(CACHE);
  const output = path.join(scratch.path, 'programs');
  const temporaryDirectory = path.join(scratch.path, 'go');
  for (const folder of [output, temporaryDirectory]) await mkdir(folder);
  for (const [program, target] of Object.entries(module.programs)) {
    await compile({
      ...{ target, output: path.join(output, program) },
      ...{ folder: path.join(FIXTURES, module.folder), linkerFlags: module.linkerFlags ?? [] },
      ...{ temporaryDirectory, signal },
    });
  }
  await rename(output, place);
}

async function isThere(place: string): Promise<boolean> {
  return await access(place).then(
    () => true,
    () => false,
  );
}
