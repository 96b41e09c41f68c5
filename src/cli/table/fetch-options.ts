import type { OptionSpec } from '../command-spec.ts';

export const FETCH_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  output: { type: 'string', summary: 'File or block device to write', alias: 'o' },
  base: { type: 'string', summary: 'Root image of another release, to take blocks from' },
  root: { type: 'string', summary: 'root.json that trust starts from' },
  cache: { type: 'string', summary: 'Folder that remembers what was trusted last' },
  mirror: { type: 'strings', summary: 'Address of the same repository, asked when others fail' },
  'allow-unsigned': {
    type: 'boolean',
    default: false,
    summary: 'Without --root: the digest alone says what is right',
  },
  'allow-expired': { type: 'boolean', default: false, summary: 'Take metadata past its end' },
  ca: { type: 'string', summary: 'Authorities to trust, PEM' },
  cert: { type: 'string', summary: 'Client certificate, PEM' },
  key: { type: 'string', summary: 'Its private key, PEM' },
  'max-transfer-bytes': { type: 'number', summary: 'Never receive more' },
  'max-bytes-per-second': { type: 'number', summary: 'Never receive faster' },
  timeout: { type: 'number', summary: 'Seconds until it gives up' },
};
