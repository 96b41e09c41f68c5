import path from 'node:path';

/** Where dnf works, in a work directory. */
export function dnfPlaces(workDirectory: string) {
  const at = (name: string): string => path.join(workDirectory, name);
  return {
    /** Empty: what would be installed into it is asked. */
    resolveRoot: at('dnf-resolve'),
    downloads: at('dnf-downloads'),
    /** The packages to install, by names that dnf takes for files. */
    packages: at('dnf-install'),
    root: at('dnf-root'),
    rootTar: at('dnf-root.tar'),
  } as const;
}

/** dnf's and rpm's own settings, in a folder without spaces. */
export function settingsPlaces(scratch: string) {
  return {
    configFile: path.join(scratch, 'dnf.conf'),
    home: path.join(scratch, 'home'),
    keys: path.join(scratch, 'keys'),
  } as const;
}

export function keyFile(keys: string, id: string): string {
  return path.join(keys, `${id}.asc`);
}
