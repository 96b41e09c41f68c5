import path from 'node:path';
import type { TreeFacts } from '../check-tree.ts';
import { closestWord } from '../closest-word.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import type { ImageDefinition } from '../schema.ts';

const VERBS = ['enable', 'disable', 'mask'] as const;

/** Units of these types may be made at boot by generators, so that no file need exist (systemd.generator(7)). */
const GENERATED = /\.(?:mount|automount|swap|slice)$/;

/** Units that are named and do not exist. */
export function checkTreeUnits(
  { units, files, health }: ImageDefinition,
  facts: TreeFacts,
): DefinitionFault[] {
  const added = files
    .filter((file) => /^\/(?:usr\/lib|etc)\/systemd\/system\/[^/]+$/.test(file.path))
    .map((file) => path.basename(file.path));
  const known = new Set([...facts.units, ...added]);
  const named = VERBS.flatMap((verb) =>
    units[verb].flatMap((unit, index) => unitFaults(unit, known, ['units', verb, index])),
  );
  const checked = health.units === 'all' ? [] : health.units;
  return [
    ...named,
    ...checked.flatMap((unit, index) => unitFaults(unit, known, ['health', 'units', index])),
  ];
}

function unitFaults(
  unit: string,
  known: ReadonlySet<string>,
  at: readonly (string | number)[],
): DefinitionFault[] {
  if (known.has(unit) || known.has(templateOf(unit)) || GENERATED.test(unit)) return [];
  const meant = closestWord(unit, [...known].toSorted());
  return [
    {
      path: at,
      message: `the image has no unit ${quoted(unit)}`,
      suggestion:
        meant === undefined
          ? 'install the package that brings it, add it under files, or remove this entry'
          : `did you mean "${meant}"?`,
    },
  ];
}

/** `getty@tty1.service` is an instance of `getty@.service`. */
function templateOf(unit: string): string {
  return unit.replace(/@[^@]+(?=\.[a-z]+$)/, '@');
}
