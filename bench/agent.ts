import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { copySparse } from '../src/disk/copy-sparse.ts';
import { startAgentScene, type AgentScene } from '../test/agent/agent-scene.ts';
import { ROOT } from '../test/boot/testbed.ts';
import { measureNode, type ForOthers, type NodeRound } from './agent/measure-node.ts';
import { makeRaucBundle } from './agent/rauc-bundle.ts';
import { startNginxOf } from './serve/start-servers.ts';

/*
 * `kubeos-agent` on a node in QEMU: node bench/agent.ts [--json] [--rounds N]. Beside it, on the same node and disk,
 * `curl | zstd -d | dd` of the same release, RAUC with the same root image, and a plain restart beside that into a new
 * release. It needs what the agent's tests need, Debian's rauc, squashfs-tools and nginx, and about 5 GB below .cache. Without KVM seconds are those of emulation: read the ratios.
 */
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
  },
});

const work = path.join(ROOT, '.cache/bench-agent');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
await using scene = await startAgentScene({ kept: path.join(work, 'scene') });
const published = path.join(work, 'rauc/served');
mkdirSync(published, { recursive: true });
// RAUC's bundle is nothing that an image server has.
const plain = `server { listen 8080; root ${published}; }`;
await using nginx = await startNginxOf(plain, path.join(work, 'rauc'), 0);
const others = await publishTwo(scene);
const rounds: NodeRound[] = [];
for (let round = 0; round < Number(options.rounds); round += 1) {
  const disk = path.join(work, 'disk.raw');
  await copySparse(scene.disk('1.0.0'), disk);
  rounds.push(await measureNode(disk, others));
}
process.stdout.write(options.json ? `${JSON.stringify(rounds)}\n` : table(rounds));

/** A release, and a small one after it. @returns this one, as others take it */
async function publishTwo(made: AgentScene): Promise<ForOthers> {
  const definition = 'bench.yaml';
  await made.release('1.0.0', { definition });
  const known = imagesOf(made);
  await made.release('2.0.0', { definition, set: ['sysctl.vm.swappiness=8'] });
  const [image = ''] = imagesOf(made).filter((name) => !known.includes(name));
  return {
    imageUrl: `${made.url}targets/${image}`,
    bundle: makeRaucBundle({
      ...{
        served: published,
        url: `http://10.0.2.2:${nginx.port}/`,
        work: path.join(work, 'rauc'),
      },
      image: path.join(made.directory, 'repo/targets', image),
    }),
  };
}

function imagesOf({ directory }: AgentScene): readonly string[] {
  return readdirSync(path.join(directory, 'repo/targets')).filter((name) =>
    name.endsWith('.image.zst'),
  );
}

function table(measured: readonly NodeRound[]): string {
  const row = (name: string, of: (round: NodeRound) => number): string => {
    const values = measured.map(of).toSorted((one, other) => one - other);
    const median = values[Math.floor(values.length / 2)] ?? Number.NaN;
    return `| ${name} | ${values[0]?.toFixed(2)} | ${median.toFixed(2)} | ${values.at(-1)?.toFixed(2)} |`;
  };
  return [
    '| | minimum | median | maximum |\n| --- | --- | --- | --- |',
    row('idle: resident, MiB', ({ idle }) => idle.rss),
    row('idle: of that its own (anonymous), MiB', ({ idle }) => idle.anonymous),
    row('idle: share of a processor, %', ({ idle }) => idle.cpu * 100),
    row('prepare: peak of the daemon, MiB', ({ prepare }) => prepare.daemonPeak),
    row('prepare: peak of its fetcher, MiB', ({ prepare }) => prepare.fetcherPeak),
    row('prepare: fetched, MiB', ({ fetched }) => fetched),
    row('prepare: written, MiB', ({ prepare }) => prepare.written),
    row('pipe: written, MiB', ({ pipe }) => pipe.written),
    row('RAUC: written, MiB', ({ rauc }) => rauc.written),
    row('RAUC: idle, MiB', ({ rauc }) => rauc.idle),
    row('RAUC: peak, MiB', ({ rauc }) => rauc.peak),
    row('prepare / pipe, wall', ({ prepare, pipe }) => prepare.wall / pipe.wall),
    row('prepare / pipe, CPU', ({ prepare, pipe }) => prepare.cpu / pipe.cpu),
    row('prepare / RAUC, wall', ({ prepare, rauc }) => prepare.wall / rauc.wall),
    row('prepare / RAUC, CPU', ({ prepare, rauc }) => prepare.cpu / rauc.cpu),
    row('plain restart until services may start, s', ({ plain }) => plain.services),
    row('upgrade: until services may start, s', ({ upgrade }) => upgrade.services),
    row('upgrade / plain, until services may start', ({ upgrade, plain }) => {
      return upgrade.services / plain.services;
    }),
    row('plain restart until good, s', ({ plain }) => plain.good),
    row('upgrade: restart until committed, s', ({ upgrade }) => upgrade.good),
    '',
  ].join('\n');
}
