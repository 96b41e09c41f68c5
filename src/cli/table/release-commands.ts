import type { CommandSpec } from '../command-spec.ts';
import { FETCH_OPTIONS } from './fetch-options.ts';
import { PUBLISHER_OPTIONS } from './repository-options.ts';
import { SERVE_OPTIONS } from './serve-options.ts';

/** What brings releases to nodes. */
export const RELEASE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'publish',
    summary: 'Publish a release, with delta packs from the last ones',
    positionals: [{ name: 'release', summary: 'Release folder that `kubeos build` made' }],
    options: {
      to: {
        type: 'string',
        default: 'repository',
        summary: 'Directory, sftp://user@host/directory, https://host/ or oci://registry/name',
      },
      ...PUBLISHER_OPTIONS,
      channel: { type: 'strings', summary: 'Channel that shall lead to it' },
      bases: {
        type: 'number',
        default: 3,
        summary: 'Delta packs from so many of the last releases',
      },
      'delta-level': { type: 'number', summary: "zstd's level for delta packs, 1 to 19" },
      'work-directory': { type: 'string', summary: 'Room for two root images; default $TMPDIR' },
    },
    examples: [
      {
        command: 'kubeos publish out/release --to /srv/kubeos --channel beta',
        explains: 'The same again finishes what was interrupted, or does nothing',
      },
    ],
    load: async () => (await import('../commands/publish.ts')).runPublishCommand,
  },
  {
    name: 'serve',
    summary: 'Serve a repository to nodes, or a cache of one',
    positionals: [{ name: 'directory', summary: 'The repository; with --upstream, the cache' }],
    options: SERVE_OPTIONS,
    examples: [
      { command: 'kubeos serve /srv/kubeos', explains: 'On port 8080, without TLS' },
      {
        command: 'kubeos serve /var/cache/kubeos --upstream https://os.example.com/',
        explains: 'One download from afar serves a whole cluster',
      },
    ],
    load: async () => (await import('../commands/serve.ts')).runServeCommand,
  },
  {
    name: 'fetch',
    summary: 'Fetch the root image of a release, verified, with the fewest bytes',
    positionals: [
      { name: 'repository', summary: 'https://…, http://…, oci://…, file://… or a directory' },
      { name: 'release', summary: 'Digest, version or channel' },
    ],
    options: FETCH_OPTIONS,
    examples: [
      {
        command: 'kubeos fetch https://os.example.com/ stable --root root.json --output root.img',
        explains: 'The same again goes on where it was interrupted',
      },
    ],
    load: async () => (await import('../commands/fetch.ts')).runFetchCommand,
  },
];
