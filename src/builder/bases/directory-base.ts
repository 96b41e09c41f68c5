import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type ErrorCode, KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { DirectoryBase } from '../definition/base-schema.ts';
import { explainBaseFailures } from './base-failure.ts';
import type { BaseRequest, BaseResult } from './base.ts';
import { wholeFile } from './byte-range.ts';
import { hostMetadata } from './directory/host-metadata.ts';
import { type IdMaps, type IdRun, parseIdMap } from './directory/id-map.ts';
import { type DirectoryRead, planDirectoryRead } from './directory/plan-directory-read.ts';
import { type DirectoryScan, MOUNT_POINTS, scanDirectory } from './directory/scan-directory.ts';
import { digestRoot } from './layers/digest-root.ts';
import { holdsRpmDatabase } from './layers/holds-rpm-database.ts';
import { indexLayers } from './layers/index-layers.ts';
import type { DirectoryNode } from './layers/root-tree.ts';
import { writeRoot } from './layers/write-root.ts';

const NO_NAMESPACE_CODES: readonly ErrorCode[] = ['COMMAND_FAILED', 'HOST_NOT_READY'];

/**
 * A root file system unpacked on disk. Read by root, owners are what they are. Read by anybody else, the
 * caller's own files become root's, those of the caller's subordinate ids (as rootless tools leave them) are
 * mapped back, and other owners stay as seen. Left out: sockets, and what is in /dev, /proc, /sys and
 * /run. Every time becomes `epoch`, so that content alone decides the bytes.
 * @throws KubeosError DEFINITION_INVALID when it is no directory, or cannot be read with its owners
 */
export async function writeDirectoryBase(request: BaseRequest<DirectoryBase>): Promise<BaseResult> {
  const { base, signal } = request;
  const subject = `base.path ${base.path}`;
  return await explainBaseFailures({ subject, signal }, async () => {
    const directory = path.resolve(request.directory, base.path);
    const read = await decideRead(directory, request);
    const root = await readRoot(directory, read, request);
    const maps = read.kind === 'mapped' ? read.maps : undefined;
    const change = hostMetadata(String(request.epoch), maps);
    const sha256 = await digestRoot(root, { change, signal });
    await writeRoot(root, { ...request, change, subject: base.path });
    const inputs = [{ uri: base.path, sha256, name: path.basename(directory) }];
    return { inputs, isRpmSystem: holdsRpmDatabase(root) };
  });
}

async function decideRead(
  directory: string,
  request: BaseRequest<DirectoryBase>,
): Promise<DirectoryRead> {
  if (!(await stat(directory)).isDirectory()) {
    throw new KubeosError(
      'DEFINITION_INVALID',
      `base.path ${request.base.path} is not a directory`,
      {
        hint: 'a root file system unpacked on disk is expected; use base type tar for an archive',
      },
    );
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot) return { kind: 'asSeen' };
  const scan = await scanDirectory(directory, request.signal);
  return planDirectoryRead(scan, { isRoot, maps: await ownMaps(scan, request) });
}

/** The caller alone where nothing else occurs, or where this host gives the caller no namespace. */
async function ownMaps(
  scan: DirectoryScan,
  { commands }: BaseRequest<DirectoryBase>,
): Promise<IdMaps> {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const callerAlone = { uids: [runOfOne(uid)], gids: [runOfOne(gid)] };
  const isAllOwn = [...scan.uids.keys()].every((id) => id === uid);
  if (isAllOwn && [...scan.gids.keys()].every((id) => id === gid)) return callerAlone;
  try {
    return await namespaceMaps(commands);
  } catch (error) {
    const isWithout = error instanceof KubeosError && NO_NAMESPACE_CODES.includes(error.code);
    if (isWithout) return callerAlone;
    throw error;
  }
}

function runOfOne(outside: number): IdRun {
  return { inside: 0, outside, count: 1 };
}

/** The kernel tells which ids the namespace has: no guessing from /etc/subuid. */
async function namespaceMaps(commands: Commands): Promise<IdMaps> {
  const read = async (file: string) => {
    return parseIdMap((await commands.run(readIdMap(file))).stdout);
  };
  return { uids: await read(ID_MAPS.uids), gids: await read(ID_MAPS.gids) };
}

export const ID_MAPS = { uids: '/proc/self/uid_map', gids: '/proc/self/gid_map' } as const;

export function readIdMap(file: string): Command {
  return inNamespace({ tool: 'cat', args: [file] });
}

export function directoryTar(workDirectory: string): string {
  return path.join(workDirectory, 'directory.tar');
}

async function readRoot(
  directory: string,
  read: DirectoryRead,
  request: BaseRequest<DirectoryBase>,
): Promise<DirectoryNode> {
  const file = directoryTar(request.workDirectory);
  await request.commands.run(packDirectory(directory, file, read.kind));
  const layer = { range: await wholeFile(file), name: request.base.path, needsEndMark: true };
  return await indexLayers({ layers: [layer], whiteouts: false, signal: request.signal });
}

/** GNU tar, because Node cannot read extended attributes. It leaves sockets out by itself. */
export function packDirectory(
  directory: string,
  file: string,
  kind: DirectoryRead['kind'],
): Command {
  const args = [
    ...['--create', `--file=${file}`, '--format=pax', '--sort=name', '--numeric-owner'],
    ...['--xattrs', '--xattrs-include=*', '--anchored'],
    ...MOUNT_POINTS.map((name) => `--exclude=./${name}/*`),
    ...[`--directory=${directory}`, '.'],
  ];
  const command = { tool: 'tar', args };
  return kind === 'inside' ? inNamespace(command) : command;
}
