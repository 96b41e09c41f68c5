import type { CommandSpec } from '../command-spec.ts';
import { KEY_ROLES } from '../release/key-roles.ts';
import { PUBLISHER_OPTIONS, REPOSITORY } from './repository-options.ts';

/** The verbs of `kubeos repository`. */
export const REPOSITORY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'repository init',
    summary: 'Make an empty repository, with keys where there are none yet',
    positionals: [REPOSITORY],
    options: {
      ...PUBLISHER_OPTIONS,
      'root-keys': {
        type: 'strings',
        summary: 'File of the public half of a root key that lies on another machine',
      },
      threshold: { type: 'number', default: 2, summary: 'How many root keys have to sign a root' },
    },
    examples: [
      {
        command: 'kubeos repository init /srv/kubeos',
        explains: 'Keys in ./keys: three for the root, of which two sign, and one for each role',
      },
    ],
    load: async () => (await import('../commands/repository-init.ts')).runRepositoryInit,
  },
  {
    name: 'repository key',
    summary: 'Make one key, encrypted, and its public half beside it',
    positionals: [{ name: 'name', summary: 'NAME.key and NAME.pub are written' }],
    options: { 'passphrase-file': PUBLISHER_OPTIONS['passphrase-file'] },
    examples: [{ command: 'kubeos repository key keys/root-1', explains: 'One of the root keys' }],
    load: async () => (await import('../commands/repository-key.ts')).runRepositoryKey,
  },
  {
    name: 'repository sign',
    summary: 'Sign a draft of a root, on a machine that needs no network',
    positionals: [{ name: 'draft', summary: 'root.draft.json' }],
    options: {
      key: { type: 'string', summary: 'Key file that signs' },
      'public-key': { type: 'string', summary: 'With --signature: whose it is, in hex' },
      signature: { type: 'string', summary: 'Signature that was made elsewhere, in hex' },
      payload: {
        type: 'boolean',
        default: false,
        summary: 'Only print the bytes that are to be signed',
      },
      'passphrase-file': PUBLISHER_OPTIONS['passphrase-file'],
    },
    examples: [
      {
        command: 'kubeos repository sign root.draft.json --key root-2.key',
        explains: 'Then take the draft back to where it came from',
      },
    ],
    load: async () => (await import('../commands/repository-sign.ts')).runRepositorySign,
  },
  {
    name: 'repository list',
    summary: 'List what is published',
    positionals: [REPOSITORY],
    options: PUBLISHER_OPTIONS,
    examples: [{ command: 'kubeos repository list /srv/kubeos', explains: 'The newest first' }],
    load: async () => (await import('../commands/repository-list.ts')).runRepositoryList,
  },
  {
    name: 'repository show',
    summary: 'Show one release',
    positionals: [
      REPOSITORY,
      { name: 'release', summary: 'Digest, its beginning, a version or a channel' },
    ],
    options: PUBLISHER_OPTIONS,
    examples: [{ command: 'kubeos repository show /srv/kubeos stable', explains: 'By channel' }],
    load: async () => (await import('../commands/repository-show.ts')).runRepositoryShow,
  },
  {
    name: 'repository verify',
    summary: 'Verify everything, as a client that knows nothing but the root',
    positionals: [REPOSITORY],
    options: {
      ...PUBLISHER_OPTIONS,
      quick: { type: 'boolean', default: false, summary: 'Look at sizes, do not read the files' },
      for: { type: 'strings', summary: 'Only this release, as where an export has not all' },
    },
    examples: [
      { command: 'kubeos repository verify /srv/kubeos', explains: 'Exit code 6 when not whole' },
    ],
    load: async () => (await import('../commands/repository-verify.ts')).runRepositoryVerify,
  },
  {
    name: 'repository check',
    summary: 'Say how long the metadata is good for; exit code 6 past half of its life',
    positionals: [REPOSITORY],
    options: PUBLISHER_OPTIONS,
    examples: [{ command: 'kubeos repository check /srv/kubeos', explains: 'For monitoring' }],
    load: async () => (await import('../commands/repository-check.ts')).runRepositoryCheck,
  },
  {
    name: 'repository refresh',
    summary: 'Sign a new timestamp; run it daily',
    positionals: [REPOSITORY],
    options: {
      ...PUBLISHER_OPTIONS,
      targets: {
        type: 'boolean',
        default: false,
        summary: 'Renew targets and halt too, with their keys',
      },
    },
    examples: [
      {
        command: 'kubeos repository refresh /srv/kubeos --keys online-keys',
        explains: 'Needs the keys of snapshot and timestamp only',
      },
    ],
    load: async () => (await import('../commands/repository-refresh.ts')).runRepositoryRefresh,
  },
  {
    name: 'repository channel',
    summary: 'Let a channel lead to a release',
    positionals: [
      REPOSITORY,
      { name: 'channel', summary: 'Such as stable or beta' },
      { name: 'release', summary: 'Digest, its beginning, a version, a channel; or none' },
    ],
    options: PUBLISHER_OPTIONS,
    examples: [
      { command: 'kubeos repository channel /srv/kubeos stable 1.4.2', explains: 'Promote 1.4.2' },
    ],
    load: async () => (await import('../commands/repository-channel.ts')).runRepositoryChannel,
  },
  {
    name: 'repository halt',
    summary: 'Let no node fetch a release any more',
    positionals: [REPOSITORY, { name: 'release', summary: 'Digest, its beginning or a version' }],
    options: {
      ...PUBLISHER_OPTIONS,
      reason: { type: 'string', default: 'halted', summary: 'One line for people' },
      undo: { type: 'boolean', default: false, summary: 'Nodes may fetch it again' },
    },
    examples: [
      {
        command: 'kubeos repository halt /srv/kubeos 1.4.2 --reason loses-leases',
        explains: 'Needs the keys of halt, snapshot and timestamp',
      },
    ],
    load: async () => (await import('../commands/repository-halt.ts')).runRepositoryHalt,
  },
  {
    name: 'repository retire',
    summary: 'Offer a release no longer',
    positionals: [REPOSITORY, { name: 'release', summary: 'Digest, its beginning or a version' }],
    options: PUBLISHER_OPTIONS,
    examples: [
      {
        command: 'kubeos repository retire /srv/kubeos 1.0.0',
        explains: 'Its files stay until gc removes them',
      },
    ],
    load: async () => (await import('../commands/repository-retire.ts')).runRepositoryRetire,
  },
  {
    name: 'repository rotate',
    summary: 'Give a role other keys, or renew the root with those it has',
    positionals: [REPOSITORY, { name: 'role', summary: 'Role', choices: KEY_ROLES }],
    options: {
      ...PUBLISHER_OPTIONS,
      key: { type: 'strings', summary: 'File of a new public key' },
      threshold: { type: 'number', summary: 'How many of them have to sign; default: as before' },
    },
    examples: [
      {
        command: 'kubeos repository rotate /srv/kubeos timestamp --key new.pub',
        explains: 'After the old key was lost: root keys sign it, nodes need nothing',
      },
      {
        command: 'kubeos repository rotate /srv/kubeos root',
        explains: 'Another year for the root; leaves a draft where root keys lie elsewhere',
      },
    ],
    load: async () => (await import('../commands/repository-rotate.ts')).runRepositoryRotate,
  },
  {
    name: 'repository gc',
    summary: 'Remove files that no client can ask for any more',
    positionals: [REPOSITORY],
    options: {
      ...PUBLISHER_OPTIONS,
      snapshots: { type: 'number', default: 5, summary: 'How many snapshots keep their files' },
      'dry-run': { type: 'boolean', default: false, summary: 'Only say what would go' },
    },
    examples: [
      { command: 'kubeos repository gc /srv/kubeos --dry-run', explains: 'Removes nothing' },
    ],
    load: async () => (await import('../commands/repository-gc.ts')).runRepositoryGc,
  },
  {
    name: 'repository export',
    summary: 'Copy a repository with some releases to a directory, for a site without network',
    positionals: [REPOSITORY, { name: 'directory', summary: 'Such as a USB stick' }],
    options: {
      ...PUBLISHER_OPTIONS,
      for: { type: 'strings', summary: 'Release to take along' },
    },
    examples: [
      {
        command: 'kubeos repository export /srv/kubeos /media/usb --for 1.4.2',
        explains: 'Any web server, or the directory itself, then serves nodes there',
      },
    ],
    load: async () => (await import('../commands/repository-export.ts')).runRepositoryExport,
  },
];
