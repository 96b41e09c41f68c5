import { parseEvents, YAMLException } from 'js-yaml';
import type { LocatedNode, Place } from './located-node.ts';
import { readYamlEvents } from './read-yaml-events.ts';
import { lineAndColumn, splitLines } from './text-lines.ts';
import { plainYamlReason } from './plain-yaml-reason.ts';

/** A fault of the YAML itself. */
export interface YamlFault {
  readonly place: Place;
  readonly message: string;
  readonly suggestion?: string;
}

export interface ParsedYaml {
  /** Missing where the text is no YAML at all; with faults, only good for pointing at more of them. */
  readonly node: LocatedNode | undefined;
  readonly faults: readonly YamlFault[];
}

/**
 * One YAML 1.2 document (core schema) with the place of every key and value. Aliases and tags of
 * collections are refused: a definition shares text through `extends`, and aliases can make a small file
 * unboundedly large.
 */
export function parseLocatedYaml(text: string, file: string): ParsedYaml {
  const lines = splitLines(text);
  const placeOf = (offset: number, length: number): Place => ({
    file,
    ...lineAndColumn(lines, offset),
    length,
  });
  try {
    return readYamlEvents(parseEvents(text, { filename: file }), { text, placeOf });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = placeOf(lastVisible(text, error.mark?.position ?? 0), 1);
    return { node: undefined, faults: [{ place, ...plainYamlReason(error.reason) }] };
  }
}

/** An error at the end of the text is shown at the last thing that was written. */
function lastVisible(text: string, offset: number): number {
  if (text.slice(offset).trim() !== '') return offset;
  return Math.max(0, text.slice(0, offset).trimEnd().length - 1);
}
