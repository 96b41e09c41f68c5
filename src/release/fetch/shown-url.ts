/** An address for messages and logs. What a redirect puts into its query may be a signature, which is as good as a password. */
export function shownUrl({ origin, pathname, search }: URL): string {
  return `${origin}${pathname}${search === '' ? '' : '?…'}`;
}
