import { homedir } from 'node:os';
import path from 'node:path';

/** Where all that can be made again is kept: by the XDG Base Directory Specification, which leaves out what is not absolute. */
export const CACHE_FOLDER = path.join(cacheHome(process.env['XDG_CACHE_HOME']), 'kubeos');

function cacheHome(said = ''): string {
  return path.isAbsolute(said) ? said : path.join(homedir(), '.cache');
}
