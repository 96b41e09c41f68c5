import type { CommandSpec } from '../command-spec.ts';
import { PUBLISHER_OPTIONS } from './repository-options.ts';

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
        summary: 'Directory, or oci://registry/name',
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
];
