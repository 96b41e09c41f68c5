import type { ErrorPage } from './error-page.ts';

/** Of what a person wrote, and of ourselves. */
export const INPUT_PAGES = {
  INTERNAL: {
    means: 'A fault in kubeos: something happened that it took for impossible.',
    leaves:
      'What was under way ends as if it was interrupted: nothing that was there before is changed, and the same command may be run again.',
    from: [],
    says: [
      {
        message: 'this is a bug in kubeos; please report it with the lines below',
        remedy:
          'report it with these lines, `kubeos --version`, `kubeos doctor`, and for a build its `build.log`; look for secrets first',
      },
      {
        message: 'the fetcher ended early',
        remedy:
          'run it again; if it comes again, `journalctl -u "kubeos-fetch@*"` on the node says why',
      },
      {
        message: 'the agent was restarted meanwhile',
        remedy: 'run it again: it goes on from there; `journalctl -u kubeos-agent` says why it was',
      },
    ],
    otherwise: 'Report it to whoever gave you this kubeos, with what was done before.',
    worked: 'The same command ends without it.',
    rollout: 'It is tried three times; then the node has failed.',
    guides: [],
  },
  USAGE: {
    means:
      'The command line asks for something that cannot be: an unknown word, a value of another form, a file or release that is not there.',
    leaves: 'Nothing was begun.',
    from: [],
    says: [
      {
        message: 'there is no passphrase for the keys, and no terminal to ask',
        remedy: 'set KUBEOS_PASSPHRASE, or give `--passphrase-file`',
      },
      {
        message: 'there is no …, which trust starts from',
        remedy: 'name the folder of the keys with `--keys`; `kubeos repository init` makes one',
      },
      {
        message: '… is no place for a repository',
        remedy:
          'give a directory, `sftp://user@host/directory`, `https://host/` or `oci://registry/name`',
      },
      {
        message: 'nothing says what to trust',
        remedy:
          'give the `root.json` of the repository with `--root`, or a digest with `--allow-unsigned`',
      },
      {
        message: 'another build is writing to …',
        remedy: 'wait until it has ended, or build into another folder with `--out`',
      },
      {
        message: '… is no image of kubeos: it is …',
        remedy: 'name a disk image, a root image or the folder of a release',
      },
      {
        message: 'lists no …',
        remedy:
          'compare it with `kubeos repository list`, and publish the release to the repository that the image names',
      },
      {
        message: 'this node trusts no repository …',
        remedy:
          'name one that is in the definition of the image that runs there (`repository`), in the OS object `spec.repository`',
      },
      {
        message: 'name the release: a digest, a version or a channel',
        remedy: '`kubeos-agent prepare stable`',
      },
      {
        message: '… would not be acted upon:',
        remedy: 'correct the field that it names; `kubectl explain os.spec` has them all',
      },
    ],
    otherwise: '`kubeos COMMAND --help` lists what a command takes, with examples.',
    worked: 'The command begins: what it says next is about its work.',
    rollout: 'It is tried three times; then the node has failed, and still runs what it ran.',
    guides: [],
  },
  DEFINITION_INVALID: {
    means:
      'The image definition, the lockfile, or something that they name is not as it has to be.',
    leaves: 'Nothing was written to the output folder.',
    from: ['build', 'lock', 'init', 'inspect'],
    says: [
      {
        message: 'the image definition has …',
        remedy:
          'each line below it names file, line, column, what was found and what is expected: correct that place',
      },
      {
        message: 'the root image takes … MiB, a root partition has … MiB',
        remedy: 'raise `partitions.root`, or install less',
      },
      {
        message: 'base.image … is not pinned: what a tag names changes, and so would the image',
        remedy: 'write the digest behind it: `name@sha256:…`',
      },
      {
        message: 'cannot install',
        remedy:
          'the lines below are those of apt: correct `packages`, or add the source that has them under `base.sources`',
      },
      {
        message: 'the agent would not start: …',
        remedy: 'add to `packages` what has that library: `libatomic1` and `libstdc++6` on Debian',
      },
      {
        message: 'owner …: the image has no account "…"',
        remedy: 'add the account under `users`, or write its number',
      },
    ],
    otherwise: '`kubeos build --dry-run` checks a definition without building it.',
    worked: '`kubeos build --dry-run` ends with 0.',
    guides: ['first-image'],
  },
  LOCK_MISMATCH: {
    means:
      'The lockfile is missing, is of another definition, or what a mirror has now is not what it names.',
    leaves: 'Nothing was built, and the lockfile is as it was.',
    from: ['build', 'lock'],
    says: [
      {
        message: '--locked was given, but there is no …',
        remedy: 'run `kubeos lock`, and commit the file',
      },
      {
        message: 'the lockfile is not of this definition',
        remedy: 'the lines below name each difference: run `kubeos lock`, review, commit',
      },
      {
        message: 'the base is not the one in the lockfile: locked …, found …',
        remedy: 'run `kubeos lock` if it was meant to change; else fetch the base again',
      },
      {
        message: '… is not the locked …: …',
        remedy:
          'a proxy or mirror gives out something else, and nothing of it was used: take another mirror',
      },
    ],
    otherwise:
      '`kubeos lock --check` ends with the same exit code, and no error, when an update is due: it prints what.',
    worked: '`kubeos lock --check` ends with 0, and `kubeos build --locked` too.',
    guides: ['ci'],
  },
  SETTINGS_REFUSED: {
    means: 'Settings of a running node are not allowed by its image, or the node cannot take them.',
    leaves: 'Nothing has changed: an order is done as a whole, or not at all.',
    from: ['kubeos-agent configure'],
    says: [
      {
        message: '… not taken, nothing has changed',
        remedy: 'each line below it names a setting, the rule, and what to do',
      },
    ],
    otherwise:
      'Allow what is meant under `configuration` of the image definition, or set it in the image.',
    worked:
      '`kubeos-agent configure` ends with 0; of a fleet `Configured` of each OSInstance is True.',
    rollout:
      '`Configured` of the OSInstance is False with the reason; of an upgrade the node has failed.',
    guides: ['configure-nodes'],
  },
} as const satisfies Record<string, ErrorPage>;
