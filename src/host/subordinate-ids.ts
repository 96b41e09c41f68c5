/** A run of ids that a user may map into a namespace. */
export interface IdRange {
  readonly first: number;
  readonly count: number;
}

/** The user's first range in the text of subuid(5) or subgid(5), by name or by number. */
export function parseSubordinateIds(
  text: string,
  user: { readonly username: string; readonly uid: number },
): IdRange | undefined {
  for (const line of text.split('\n')) {
    const [owner = '', first = '', count = ''] = line.trim().split(':');
    if (owner !== user.username && owner !== String(user.uid)) continue;
    if (/^\d+$/.test(first) && /^\d+$/.test(count))
      return { first: Number(first), count: Number(count) };
  }
  return undefined;
}
