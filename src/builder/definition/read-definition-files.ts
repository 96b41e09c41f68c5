import { createHash } from 'node:crypto';
import path from 'node:path';
import type { HostFiles } from './host-files.ts';
import { rebaseHostPaths } from './host-paths.ts';
import type { LocatedNode, MapNode, Place } from './located-node.ts';
import { mergeNodes } from './merge-nodes.ts';
import { parseLocatedYaml, type YamlFault } from './parse-located-yaml.ts';

/** One YAML file that went into a definition. */
export interface DefinitionSource {
  /** As it was named by the caller, or by `extends` relative to that. */
  readonly file: string;
  readonly text: string;
  /** Hexadecimal, of the file's bytes. */
  readonly sha256: string;
}

export interface ReadDefinition {
  /** All files merged, without `extends`; missing where a file cannot be merged. */
  readonly node: MapNode | undefined;
  /** False where a base could not be read, so that what is missing may stand there. */
  readonly isComplete: boolean;
  /** The base of all first. */
  readonly sources: readonly DefinitionSource[];
  readonly faults: readonly YamlFault[];
}

interface Reading {
  readonly files: HostFiles;
  /** Folder of the definition that was asked for; host paths are rewritten to be relative to it. */
  readonly directory: string;
}

/** Reads a definition and, through `extends`, all that it builds on. */
export async function readDefinitionFiles(file: string, files: HostFiles): Promise<ReadDefinition> {
  const place = { file, line: 1, column: 1, length: 1 };
  return await readChain([{ file, place }], { files, directory: path.dirname(file) });
}

interface Link {
  readonly file: string;
  /** Where the file was named. */
  readonly place: Place;
}

async function readChain(chain: readonly Link[], reading: Reading): Promise<ReadDefinition> {
  const link = chain.at(-1);
  if (link === undefined) return { node: undefined, isComplete: false, sources: [], faults: [] };
  const read = await readOne(link, reading);
  if (read.node === undefined) return read;
  const base = baseOf(read.node, link.file);
  if (base === undefined) return { ...read, node: withoutExtends(read.node) };
  if ('message' in base) return withoutBase(read, base);
  const cycle = cycleFault(chain, base);
  if (cycle !== undefined) return withoutBase(read, cycle);
  return mergeRead(await readChain([...chain, base], reading), read);
}

function withoutBase(read: ReadDefinition, fault: YamlFault): ReadDefinition {
  const node = read.node === undefined ? undefined : withoutExtends(read.node);
  return { ...read, node, isComplete: false, faults: [...read.faults, fault] };
}

function mergeRead(base: ReadDefinition, over: ReadDefinition): ReadDefinition {
  const both = {
    sources: [...base.sources, ...over.sources],
    isComplete: base.isComplete && over.isComplete,
  };
  const faults = [...base.faults, ...over.faults];
  const node = over.node === undefined ? undefined : withoutExtends(over.node);
  if (node === undefined || base.node === undefined) return { ...both, node, faults };
  return { ...both, node: asMap(mergeNodes(base.node, node)), faults };
}

async function readOne(link: Link, reading: Reading): Promise<ReadDefinition> {
  const read = await reading.files.read(link.file);
  if (read.kind === 'unreadable') return unreadable(link, read.reason);
  const { bytes } = read;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = decode(bytes);
  const source = { file: link.file, text: text ?? '', sha256 };
  const isComplete = false;
  if (text === undefined)
    return { node: undefined, isComplete, sources: [source], faults: [notText(link)] };
  const parsed = parseLocatedYaml(text, link.file);
  const node = parsed.node === undefined ? undefined : asMap(parsed.node);
  const faults = [...parsed.faults, ...topFaults(parsed.node)];
  if (node === undefined) return { node, isComplete, sources: [source], faults };
  const rebased = rebaseHostPaths(node, path.dirname(link.file), reading.directory);
  return { node: rebased, isComplete: true, sources: [source], faults };
}

function unreadable(link: Link, reason: string): ReadDefinition {
  const suggestion =
    link.place.file === link.file
      ? '`kubeos init` writes a definition to start from'
      : 'extends is relative to the file that it stands in';
  const message = `cannot read ${link.file}: ${reason}`;
  const faults = [{ place: link.place, message, suggestion }];
  return { node: undefined, isComplete: false, sources: [], faults };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function notText(link: Link): YamlFault {
  const place = { file: link.file, line: 1, column: 1, length: 1 };
  return { place, message: 'the file is not text in UTF-8', suggestion: 'save it as UTF-8' };
}

function topFaults(node: LocatedNode | undefined): YamlFault[] {
  if (node === undefined || node.kind === 'map') return [];
  const message = 'the file has to be a map of keys such as name, version and base';
  const suggestion = '`kubeos init` writes a definition to start from';
  return [{ place: node.place, message, suggestion }];
}

function asMap(node: LocatedNode): MapNode | undefined {
  return node.kind === 'map' ? node : undefined;
}

function withoutExtends(node: MapNode): MapNode {
  return {
    ...node,
    entries: new Map([...node.entries].filter(([key]) => key !== 'extends')),
  };
}

function baseOf(node: MapNode, file: string): Link | YamlFault | undefined {
  const value = node.entries.get('extends')?.value;
  if (value === undefined) return undefined;
  if (value.kind === 'scalar' && typeof value.value === 'string' && value.value !== '') {
    return { file: path.join(path.dirname(file), value.value), place: value.place };
  }
  const message = 'extends has to be the path of one file, relative to this one';
  return { place: value.place, message };
}

function cycleFault(chain: readonly Link[], base: Link): YamlFault | undefined {
  const start = chain.findIndex((link) => path.resolve(link.file) === path.resolve(base.file));
  if (start === -1) return undefined;
  const names = [...chain.slice(start), base].map((link) => link.file).join(' → ');
  return {
    place: base.place,
    message: `extends goes round in a circle: ${names}`,
    suggestion: 'remove one of these',
  };
}
