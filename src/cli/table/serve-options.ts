import type { OptionSpec } from '../command-spec.ts';

export const SERVE_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  listen: { type: 'string', default: ':8080', summary: 'HOST:PORT, or :PORT for all addresses' },
  'metrics-listen': { type: 'string', summary: 'HOST:PORT for /metrics and /healthz' },
  certificate: { type: 'string', summary: 'For TLS: certificate chain, PEM' },
  'private-key': { type: 'string', summary: 'For TLS: its private key, PEM' },
  'client-ca': { type: 'string', summary: 'Authority of client certificates, which are asked for' },
  'anonymous-read': {
    type: 'boolean',
    default: false,
    summary: 'With --client-ca: reading needs no certificate',
  },
  'upload-token': { type: 'string', summary: 'File with the token of those who may upload' },
  'upload-client': { type: 'strings', summary: 'Name in a certificate that may upload' },
  'upload-without-tls': {
    type: 'boolean',
    default: false,
    summary: 'Take uploads without TLS: a proxy in front has it',
  },
  'trusted-root': { type: 'string', summary: 'root.json that uploads have to be signed under' },
  upstream: { type: 'strings', summary: 'Be a cache of this repository; more are tried in order' },
  'upstream-ca': { type: 'string', summary: 'Authorities to trust there, PEM' },
  'upstream-certificate': { type: 'string', summary: 'Client certificate for it, PEM' },
  'upstream-key': { type: 'string', summary: 'Its private key, PEM' },
  'cache-size': { type: 'number', default: 50, summary: 'GiB that the cache may take' },
  'fresh-seconds': {
    type: 'number',
    default: 10,
    summary: 'How long the cache answers for timestamp.json without asking',
  },
  'access-log': {
    type: 'string',
    choices: ['text', 'json', 'off'],
    default: 'text',
    summary: 'Form of the access log, on standard output',
  },
  'max-connections': { type: 'number', default: 2048, summary: 'More are turned away' },
  'client-rate': { type: 'number', summary: 'Bytes per second for each client address' },
  'idle-seconds': { type: 'number', default: 60, summary: 'How long a kept connection may idle' },
  'header-seconds': { type: 'number', default: 10, summary: 'How long a request may take to come' },
  'stop-seconds': { type: 'number', default: 30, summary: 'How long answers may end after a stop' },
  'max-upload-size': {
    type: 'number',
    default: 16,
    summary: 'GiB that one uploaded file may have',
  },
};
