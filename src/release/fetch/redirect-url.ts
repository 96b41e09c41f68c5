import { shownUrl } from './shown-url.ts';
import { SourceError } from './source.ts';

/**
 * Where a redirect leads: http or https, and never from https to http (RFC 9110, 15.4 leaves that to the client).
 *
 * @throws SourceError `refused`
 */
export function redirectUrl(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null) throw refused(from, 'to no address');
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refused(from, `to ${to.protocol}`);
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw refused(from, 'from https to http');
  }
  if (to.username !== '' || to.password !== '') throw refused(from, 'with credentials in it');
  to.hash = '';
  return to;
}

function refused(from: URL, why: string): SourceError {
  return new SourceError('refused', `${shownUrl(from)} redirects ${why}`);
}
