import { blankSecrets } from './blank-secrets.ts';
import type { DefinitionIssue } from './definition-error.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { pathText } from './describe-value.ts';
import { keyPlaceAt, valuePlaceAt, type MapNode, type Place } from './located-node.ts';
import type { YamlFault } from './parse-located-yaml.ts';
import { splitLines } from './text-lines.ts';

/** The texts of the files by the names that places use. */
export type SourceTexts = ReadonlyMap<string, string>;

/** Ties faults to the lines that caused them. */
export function locateFaults(
  faults: readonly DefinitionFault[],
  node: MapNode,
  texts: SourceTexts,
): DefinitionIssue[] {
  return faults.map((fault) => {
    const isKey = fault.at === 'key';
    const place = isKey ? keyPlaceAt(node, fault.path) : valuePlaceAt(node, fault.path);
    const other = fault.other;
    const also = other === undefined ? undefined : placeText(valuePlaceAt(node, other.path));
    return {
      ...issueAt(place, texts),
      path: pathText(fault.path),
      message: other === undefined ? fault.message : `${fault.message} (${other.what} ${also})`,
      found: fault.found,
      expected: fault.expected,
      suggestion: fault.suggestion,
    };
  });
}

export function locateYamlFaults(
  faults: readonly YamlFault[],
  texts: SourceTexts,
): DefinitionIssue[] {
  return faults.map((fault) => ({
    ...issueAt(fault.place, texts),
    ...{ path: '', message: fault.message, found: undefined, expected: undefined },
    suggestion: fault.suggestion,
  }));
}

function issueAt(
  place: Place,
  texts: SourceTexts,
): Pick<DefinitionIssue, 'file' | 'line' | 'column' | 'excerpt'> {
  const text = texts.get(place.file);
  const line = text === undefined ? undefined : splitLines(text).lines[place.line - 1];
  return {
    ...{ file: place.file, line: place.line, column: place.column },
    excerpt: line === undefined ? undefined : { text: blankSecrets(line), length: place.length },
  };
}

function placeText(place: Place): string {
  const isOverride = place.file.startsWith('--set ');
  return isOverride ? place.file : `${place.file}:${place.line}:${place.column}`;
}
