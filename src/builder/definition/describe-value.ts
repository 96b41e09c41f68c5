import { blankSecrets, isSecretKey } from './blank-secrets.ts';
import type { LocatedNode, PropertyPath } from './located-node.ts';

const LONGEST = 60;

/** What was written, for a message: `"web node"`, `the number 1.10`, `an empty value`, `a list`. */
export function describeFound(node: LocatedNode | undefined, path: PropertyPath): string {
  if (node === undefined) return 'nothing';
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map of keys';
  if (isSecretKey(path.at(-1))) return 'this value';
  if (node.value === null) return node.text === '' ? 'an empty value' : node.text;
  return typeof node.value === 'string'
    ? quoted(node.value)
    : `the ${typeof node.value} ${node.text}`;
}

export function quoted(text: string): string {
  const shown = blankSecrets(text);
  return JSON.stringify(shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown);
}

/** `one of a, b, c`, or just `a`. */
export function oneOf(words: readonly string[]): string {
  return words.length === 1 ? String(words[0]) : `one of ${words.join(', ')}`;
}

/** `users[0].name`, `sysctl."net.ipv4.ip_forward"`. */
export function pathText(path: PropertyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      const name = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(part) ? part : JSON.stringify(part);
      return index === 0 ? name : `.${name}`;
    })
    .join('');
}
