/** An address for messages and logs. What a redirect puts into its query may be a signature, which is as good as a password. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return shownPath(`${origin}${pathname}${search}`);
}

/** The same for a path, or an address that is already text. */
export function shownPath(path: string): string {
  return path.replace(/\?.*$/s, '?…');
}

/** What Node says of a connection that failed; of a proxy that did not let it through it tells the address, password included. */
export function shownReason(why: string): string {
  return why.replaceAll(/:\/\/[^\s/]*@/g, '://');
}
