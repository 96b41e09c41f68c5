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
  'token-file': {
    type: 'string',
    summary: 'For https://: file with the upload token; else KUBEOS_TOKEN',
  },
  ca: { type: 'string', summary: 'For https://: authorities to trust, PEM' },
  'client-certificate': { type: 'string', summary: 'For https://: client certificate, PEM' },
  'client-key': { type: 'string', summary: 'For https://: its private key, PEM' },
  'ssh-key': { type: 'string', summary: 'For sftp://: private key; else the ssh agent is asked' },
  'host-key': {
    type: 'string',
    summary: "For sftp://: fingerprint of the server's key, SHA256:…; else known_hosts decides",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export const REPOSITORY = {
  name: 'repository',
  summary: 'Directory, sftp://user@host/directory, https://host/ or oci://registry/name',
} as const;
