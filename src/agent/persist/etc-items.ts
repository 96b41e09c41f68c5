/** The first named item that keeps a path below /etc: it names the path, or a directory that holds it; null for none. */
export function namingItem(items: readonly string[], place: string): string | null {
  return items.find((item) => covers(item, place)) ?? null;
}

function covers(item: string, place: string): boolean {
  const patterns = item.split('/');
  const names = place.split('/');
  if (patterns.length > names.length) return false;
  return patterns.every((pattern, depth) => matches(pattern, names[depth] ?? ''));
}

/** As the shell of the initramfs expands it: `*` takes no "." at the beginning (POSIX, 2.14.3). */
function matches(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const parts = pattern.split('*').map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}
