import type { OptionSpec } from '../command-spec.ts';

/** What all commands have that work on a repository. */
export const PUBLISHER_OPTIONS = {
  keys: {
    type: 'string',
    default: 'keys',
    summary: 'Folder of the trusted root.json and of the keys',
  },
  'passphrase-file': {
    type: 'string',
    summary: 'File with the passphrase of the keys; else KUBEOS_PASSPHRASE, else it is asked for',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const REPOSITORY = {
  name: 'repository',
  summary: 'Directory, or oci://registry/name',
} as const;
