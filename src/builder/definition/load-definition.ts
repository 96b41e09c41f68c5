import path from 'node:path';
import { checkDefinitionFiles } from './check-definition-files.ts';
import { DefinitionError, type DefinitionIssue } from './definition-error.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { hostFiles, type HostFiles } from './host-files.ts';
import { locateFaults, locateYamlFaults, type SourceTexts } from './locate-faults.ts';
import { nodeAt, valuePlaceAt, type MapNode, type PropertyPath } from './located-node.ts';
import { parseDefinition, type ParsedDefinition } from './parse-definition.ts';
import type { YamlFault } from './parse-located-yaml.ts';
import { readDefinitionFiles, type DefinitionSource } from './read-definition-files.ts';
import type { ImageDefinition } from './schema.ts';
import { setOverride } from './set-override.ts';

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
  const yamlFaults = [...read.faults, ...merged.faults];
  const parsed = parseDefinition(merged.node, read.isComplete);
  const directory = path.dirname(request.file);
  const fileFaults = await checkDefinitionFiles(parsed.node, directory, files);
  const faults = [
    ...parsed.faults,
    ...fileFaults.filter((fault) => !isBelowUnknown(fault, parsed)),
  ];
  const issues = [
    ...locateYamlFaults(yamlFaults, texts),
    ...withoutEchoes(locateFaults(faults, parsed.node, texts), yamlFaults),
  ];
  const { definition, node } = parsed;
  if (definition === undefined || issues.length > 0) {
    throw new DefinitionError(inReadingOrder(issues, read.sources));
  }
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
    locate: (faults) => inReadingOrder(locateFaults(faults, node, texts), sources),
  };
}

function positionAt(node: MapNode, at: PropertyPath): SourcePosition {
  const { file, line, column } = valuePlaceAt(node, at);
  return { file, line, column };
}

function isBelowUnknown(fault: DefinitionFault, parsed: ParsedDefinition): boolean {
  return parsed.faults.some(
    ({ at, path: key }) => at === 'key' && key.every((part, depth) => part === fault.path[depth]),
  );
}

/** What stands at a place that YAML itself refused only seems wrong in other ways as well. */
function withoutEchoes(
  issues: readonly DefinitionIssue[],
  yamlFaults: readonly YamlFault[],
): DefinitionIssue[] {
  return issues.filter((issue) => {
    const isRefused = yamlFaults.some(
      ({ place }) =>
        place.file === issue.file && place.line === issue.line && place.column === issue.column,
    );
    return !isRefused;
  });
}

/** By file, base first, then by line; overrides come last. */
function inReadingOrder(
  issues: readonly DefinitionIssue[],
  sources: readonly DefinitionSource[],
): DefinitionIssue[] {
  const files = sources.map((source) => source.file);
  const rank = (issue: DefinitionIssue): number => {
    const index = files.indexOf(issue.file);
    return index === -1 ? files.length : index;
  };
  return issues.toSorted((a, b) => rank(a) - rank(b) || a.line - b.line || a.column - b.column);
}
