import { copyFile, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { z } from 'zod';
import { hostCommands } from '../src/host/run-commands.ts';
import { locateGo } from '../src/demo/go/locate-go.ts';
import { ADVISORIES, writePlantedFiles } from './inventory/planted-image.ts';

const commands = hostCommands({ signal: new AbortController().signal });
/** Both scanners are built from source; Go fetches the toolchain that they ask for by itself. */
const GO = { GOTOOLCHAIN: 'go1.27.3', GOFLAGS: '-mod=mod' };
const GRYPE = 'github.com/anchore/grype/cmd/grype';
const OSV_SCANNER = 'github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.6.0';

async function temporary(): Promise<AsyncDisposable & { readonly path: string }> {
  return await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
}

const grypeReport = z.looseObject({
  matches: z.array(
    z.looseObject({
      vulnerability: z.looseObject({ id: z.string() }),
      artifact: z.looseObject({ name: z.string(), version: z.string() }),
    }),
  ),
});

/** grype and a program that writes its database, from one module, so that both have one schema. */
async function buildGrype(work: string): Promise<void> {
  const fixture = fileURLToPath(new URL('../fixtures/inventory/grype-database/', import.meta.url));
  await mkdir(path.join(work, 'module'));
  for (const name of ['main.go', 'go.mod']) {
    await copyFile(path.join(fixture, name), path.join(work, 'module', name));
  }
  for (const [output, target] of [
    ['grype-database', '.'],
    ['grype', GRYPE],
  ] as const) {
    await commands.run({
      tool: await locateGo(),
      args: ['build', '-o', path.join(work, output), target],
      workingDirectory: path.join(work, 'module'),
      environment: GO,
    });
  }
}

async function writeGrypeDatabase(work: string): Promise<void> {
  const directory = path.join(work, 'database/6');
  await mkdir(directory, { recursive: true });
  const system = { ecosystem: 'deb', system: 'debian', release: '12' };
  const advisories = ADVISORIES.map((one) => ({ ...one, ...system }));
  const input = JSON.stringify(advisories);
  await commands.run({ tool: path.join(work, 'grype-database'), args: [directory], input });
}

test('grype finds the planted packages, by source too, from both parts lists', async (t) => {
  await using work = await temporary();
  await buildGrype(work.path);
  await writeGrypeDatabase(work.path);
  const { spdx, cycloneDx } = await writePlantedFiles(work.path);
  for (const list of [spdx, cycloneDx]) {
    const { stdout } = await commands.run({
      tool: path.join(work.path, 'grype'),
      args: [`sbom:${list}`, '--output', 'json'],
      environment: {
        GRYPE_DB_CACHE_DIR: path.join(work.path, 'database'),
        GRYPE_DB_AUTO_UPDATE: 'false',
        GRYPE_DB_VALIDATE_AGE: 'false',
        GRYPE_CHECK_FOR_APP_UPDATE: 'false',
      },
    });
    const { matches } = grypeReport.parse(JSON.parse(stdout));
    const found = matches.map((one) => `${one.artifact.name} ${one.vulnerability.id}`);
    t.deepEqual(found.sort(), ['bash CVE-2099-0002', 'libssl3 CVE-2099-0001'], list);
  }
});

const osvReport = z.looseObject({
  results: z.array(
    z.looseObject({
      packages: z.array(
        z.looseObject({
          package: z.looseObject({ name: z.string(), ecosystem: z.string() }),
          vulnerabilities: z.array(z.looseObject({ id: z.string() })),
        }),
      ),
    }),
  ),
});

/** The offline database of osv-scanner: a zip of OSV records for each ecosystem. */
async function writeOsvDatabase(work: string): Promise<string> {
  const records = path.join(work, 'records');
  const directory = path.join(work, 'database/osv-scalibr/Debian');
  await mkdir(records);
  await mkdir(directory, { recursive: true });
  for (const { id, source, fixedIn } of ADVISORIES) {
    const events = [{ introduced: '0' }, { fixed: fixedIn }];
    const affected = {
      package: { ecosystem: 'Debian:12', name: source },
      ranges: [{ type: 'ECOSYSTEM', events }],
    };
    const times = { modified: '2099-01-01T00:00:00Z', published: '2099-01-01T00:00:00Z' };
    const record = { schema_version: '1.6.0', id, ...times, affected: [affected] };
    await writeFile(path.join(records, `${id}.json`), JSON.stringify(record));
  }
  const archive = path.join(directory, 'all.zip');
  const zip = 'import shutil, sys; shutil.make_archive(sys.argv[1][:-4], "zip", sys.argv[2])';
  await commands.run({ tool: 'python3', args: ['-c', zip, archive, records] });
  return path.join(work, 'database');
}

// osv-scanner compares the binary package's name with the advisory's source: it cannot find libssl3.
test('osv-scanner finds the planted package that bears the name of its source', async (t) => {
  await using work = await temporary();
  const environment = { ...GO, GOBIN: work.path };
  await commands.run({ tool: await locateGo(), args: ['install', OSV_SCANNER], environment });
  const database = await writeOsvDatabase(work.path);
  const { spdx, cycloneDx } = await writePlantedFiles(work.path);
  for (const list of [spdx, cycloneDx]) {
    const offline = ['--offline', '--local-db-path', database, '--format', 'json'];
    const { stdout } = await commands.run({
      tool: path.join(work.path, 'osv-scanner'),
      args: ['scan', 'source', ...offline, '--lockfile', list],
      // Its word for "vulnerabilities were found".
      successCodes: [1],
    });
    const { results } = osvReport.parse(JSON.parse(stdout));
    const found = results.flatMap(({ packages }) =>
      packages.map((one) =>
        [one.package.ecosystem, one.package.name, ...one.vulnerabilities.map(({ id }) => id)].join(
          ' ',
        ),
      ),
    );
    t.deepEqual(found, ['Debian:12 bash CVE-2099-0002'], list);
  }
});
