import path from 'node:path';
import type { z } from 'zod';
import { checkDefinition } from './check-definition.ts';
import { checkDefinitionFiles } from './check-definition-files.ts';
import { checkablePart } from './checkable-part.ts';
import { checkableSchema } from './checkable-definition.ts';
import { DefinitionError, type DefinitionIssue } from './definition-error.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { expectationMap, faultsOfZod } from './faults-of-zod.ts';
import { hostFiles, type HostFiles } from './host-files.ts';
import { locateFaults, locateYamlFaults, type SourceTexts } from './locate-faults.ts';
import { nodeAt, valueOf, valuePlaceAt, type MapNode, type PropertyPath } from './located-node.ts';
import type { YamlFault } from './parse-located-yaml.ts';
import { readDefinitionFiles, type DefinitionSource } from './read-definition-files.ts';
import { definitionSchema, type ImageDefinition } from './schema.ts';
import { setOverride } from './set-override.ts';
import { textWhereExpected } from './text-where-expected.ts';

export interface LoadRequest {
  /** Path of the definition, as it shall be shown in messages. */
  readonly file: string;
  /** `key.path=value`, applied in order after `extends`. */
  readonly overrides: readonly string[];
  /** Default: the files of this host. */
  readonly files?: HostFiles;
}

export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface LoadedDefinition {
  readonly definition: ImageDefinition;
  /** Absolute. */
  readonly file: string;
  /** Absolute; host paths of the definition are relative to it, also those of files that it extends. */
  readonly directory: string;
  /** Every YAML file read, the base of all first; `file` is as named, `sha256` hexadecimal. */
  readonly sources: readonly Pick<DefinitionSource, 'file' | 'sha256'>[];
  /** Where the value at a path was written; nothing for a default. */
  readonly sourceOf: (path: PropertyPath) => SourcePosition | undefined;
  /** Ties faults that are found later, for example in the built tree, to the definition's lines. */
  readonly locate: (faults: readonly DefinitionFault[]) => DefinitionIssue[];
}

/**
 * Reads a definition with all that it extends, applies the overrides, and checks it.
 *
 * @throws DefinitionError with everything that is wrong
 */
export async function loadDefinition(request: LoadRequest): Promise<LoadedDefinition> {
  const files = request.files ?? hostFiles;
  const read = await readDefinitionFiles(request.file, files);
  const texts: SourceTexts = new Map(read.sources.map((source) => [source.file, source.text]));
  if (read.node === undefined) throw new DefinitionError(locateYamlFaults(read.faults, texts));
  const merged = applyOverrides(read.node, request.overrides);
  const parsed = parseDefinition(merged.node);
  const fileFaults = await checkDefinitionFiles(parsed.node, path.dirname(request.file), files);
  const issues = [
    ...locateYamlFaults([...read.faults, ...merged.faults], texts),
    ...locateFaults([...parsed.faults, ...fileFaults], parsed.node, texts),
  ];
  const { definition, node } = parsed;
  if (definition === undefined || issues.length > 0) throw new DefinitionError(issues);
  return loadedDefinition(request, { definition, node, sources: read.sources });
}

function applyOverrides(
  node: MapNode,
  overrides: readonly string[],
): { node: MapNode; faults: readonly YamlFault[] } {
  const faults: YamlFault[] = [];
  const result = overrides.reduce((current, override) => {
    const set = setOverride(current, override);
    faults.push(...set.faults);
    return set.node;
  }, node);
  return { node: result, faults };
}

interface LoadedParts {
  readonly definition: ImageDefinition;
  readonly node: MapNode;
  readonly sources: readonly DefinitionSource[];
}

interface ParsedDefinition {
  readonly definition: ImageDefinition | undefined;
  readonly node: MapNode;
  readonly faults: readonly DefinitionFault[];
}

/** Checks the form, and the meaning of all that is well-formed. */
function parseDefinition(written: MapNode): ParsedDefinition {
  const node = textWhereExpected(written, formIssues(written));
  const issues = formIssues(node);
  const formFaults = faultsOfZod(issues, node);
  const part = checkablePart(node, formFaults);
  const checkable = checkableSchema.safeParse(valueOf(part.node));
  const faults = checkable.success ? checkDefinition(checkable.data) : [];
  const meaningFaults = faults.map((fault) => withPathsBefore(fault, part.pathBefore));
  const definition = definitionSchema.safeParse(valueOf(node)).data;
  return { definition, node, faults: [...formFaults, ...meaningFaults] };
}

function formIssues(node: MapNode): readonly z.core.$ZodIssue[] {
  const result = definitionSchema.safeParse(valueOf(node), { error: expectationMap });
  return result.error?.issues ?? [];
}

function withPathsBefore(
  fault: DefinitionFault,
  pathBefore: (path: PropertyPath) => PropertyPath,
): DefinitionFault {
  const { path: at, other } = fault;
  if (other === undefined) return { ...fault, path: pathBefore(at) };
  return { ...fault, path: pathBefore(at), other: { ...other, path: pathBefore(other.path) } };
}

function loadedDefinition(
  request: LoadRequest,
  { definition, node, sources }: LoadedParts,
): LoadedDefinition {
  const texts: SourceTexts = new Map(sources.map((source) => [source.file, source.text]));
  const file = path.resolve(request.file);
  return {
    ...{ definition, file, directory: path.dirname(file) },
    sources: sources.map((source) => ({ file: source.file, sha256: source.sha256 })),
    sourceOf: (at) => (nodeAt(node, at) === undefined ? undefined : positionAt(node, at)),
    locate: (faults) => locateFaults(faults, node, texts),
  };
}

function positionAt(node: MapNode, at: PropertyPath): SourcePosition {
  const { file, line, column } = valuePlaceAt(node, at);
  return { file, line, column };
}
