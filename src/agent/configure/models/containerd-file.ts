import { parse, TomlError } from 'smol-toml';
import { documentEditor } from './edit-document.ts';
import { tomlWith, tomlWithout } from './edit-toml.ts';
import { isTable, valueAt } from './value-path.ts';

/** containerd's configuration, in TOML. A list takes the place of the one that is there. */
export const editContainerdFile = documentEditor({
  name: 'TOML',
  missing: {
    message: 'containerd has no configuration file',
    remedy: 'put one into the image under files: `containerd config default` writes it',
  },
  parse: parsed,
  valueOf: (value) => valueAt(parsed(`value = ${JSON.stringify(value)}`), ['value']),
  show: (value) =>
    typeof value === 'bigint' ? String(value) : JSON.stringify(value, wholeNumbers),
  // JSON's strings of printable ASCII, numbers, booleans and lists of them are TOML's.
  with: (text, path, value) => tomlWith(text, path, JSON.stringify(value)),
  without: tomlWithout,
});

/** Whole numbers as they are, whatever their size. */
function parsed(text: string): unknown {
  try {
    return plain(parse(text, { integersAsBigInt: true }));
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

/** Tables as ordinary objects, so that they compare. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}

const wholeNumbers = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? Number(value) : value;
