import type { ErrorPage } from './error-page.ts';

/** Of the machine that does the work, and of the programs that it runs. */
export const HOST_PAGES = {
  HOST_NOT_READY: {
    means:
      'This machine lacks what the work needs: a program, a right, a sound disk, an agent that answers.',
    leaves:
      'What was there before is as it was. A build checks the whole host before it begins, and lists everything at once.',
    from: [],
    says: [
      {
        message: 'this host is not ready …:',
        remedy: 'install what the lines below name; `kubeos doctor` shows the list again',
      },
      {
        message: '… is not installed on this host',
        remedy: '`kubeos doctor` names the package of each missing program',
      },
      {
        message: 'this user may not do that: …',
        remedy: 'give the user that right, or name another place',
      },
      {
        message: 'no agent answers on …',
        remedy: 'be root on a node; there `systemctl status kubeos-agent` says whether it runs',
      },
      {
        message: 'what answers there says nothing that an agent says',
        remedy:
          'look at the node itself: `systemctl status kubeos-agent` says what runs, `kubeos-agent version` of which version it is',
      },
      {
        message: 'nothing answers on …',
        remedy: '`systemctl status` of the unit that it names says why',
      },
      {
        message: 'no disk has the partition …, which is root',
        remedy: 'the agent runs on a system that no image of kubeos booted: install the node',
      },
      {
        message: '… are copies of each other: both have the partition …',
        remedy: 'take one of the two disks out of the machine',
      },
      {
        message: 'BOOT (…) does not keep what is written',
        remedy: 'replace the disk of the node',
      },
      {
        message: 'PERSIST is …: nothing that is set would last',
        remedy: 'mend PERSIST first: `journalctl -b` says what is wrong with it',
      },
    ],
    otherwise: '`kubeos doctor` looks at a host that builds, `kubeos-agent doctor` at a node.',
    worked: '`kubeos doctor` ends with 0; on a node `kubeos-agent doctor` has no line that is bad.',
    rollout: 'It is tried three times; then the node has failed, and still runs what it ran.',
    guides: ['first-image', 'recover'],
  },
  NO_SPACE: {
    means: 'A file system, a partition or a cache has no room for what is to be written.',
    leaves:
      'What was there before is whole. A fetch keeps what is right already and goes on from there; a build removes its own folder.',
    from: [],
    says: [
      {
        message: 'the disk is full: …',
        remedy: 'free some space on that file system, or name a place on another',
      },
      {
        message: 'no space for …',
        remedy: 'free some space, or move the cache with `--cache-directory`',
      },
      {
        message: 'no space in … for …',
        remedy:
          'make room where the repository is: `kubeos repository gc` removes what was retired two weeks ago or earlier. What is retired now gives room after that time',
      },
      {
        message: '… has … bytes, the image of the release has …',
        remedy: 'a larger partition, or a smaller image: `partitions.root` of the definition',
      },
      {
        message: 'what is in it does not fit into a root partition of … bytes',
        remedy: 'make the tar smaller, or install the node anew with larger root partitions',
      },
      {
        message: 'a file of … bytes does not fit into the cache',
        remedy: 'raise `--cache-size` of `kubeos serve`',
      },
      {
        message: 'PERSIST is full: what is to be reset cannot be noted',
        remedy: 'remove something from /var or /persist, and run it again',
      },
    ],
    otherwise:
      '`df -h` of the place that the message names. `--out` of a build and `--folder` of a demonstration name another.',
    worked: 'The same command ends with 0.',
    rollout: 'It is tried three times; then the node has failed, and still runs what it ran.',
    guides: ['recover'],
  },
  COMMAND_FAILED: {
    means:
      'A program that kubeos started ended with a failure, or did not say what was asked of it.',
    leaves:
      'The step is not done, and nothing of it is in the output. Settings of a node are taken back as a whole.',
    from: [
      ...['build', 'lock', 'boot', 'publish', 'repository refresh', 'demo'],
      ...['kubeos-agent configure', 'kubeos-agent install'],
    ],
    says: [
      {
        message: 'the machine ended before it reached a login prompt',
        remedy: 'its console is above; `kubeos inspect` says whether the image would boot',
      },
      {
        message: '… printed no signature',
        remedy:
          'what `signers.yaml` names has to print the 64 bytes of an ed25519 signature in hex, and nothing else',
      },
      {
        message: 'the process that configures ended early',
        remedy:
          "what it had changed is taken back by itself; `journalctl -u 'kubeos-configure*'` on the node says why",
      },
      {
        message: '… has ended (…)',
        remedy:
          'of a demonstration: a server or a machine of it ended by itself, so all of it was stopped; the message has its last words, `logs` in its folder all of them',
      },
      {
        message: '… failed: …',
        remedy: 'of an installation: `dmesg` may say more of the disk; begin again',
      },
    ],
    otherwise:
      'The last lines of the program stand in the message, its whole output in `build.log` of the output folder, in `logs` of the folder of `kubeos demo`, or in the journal of a node.',
    worked: 'The same command ends with 0.',
    rollout: 'It is tried three times; then the node has failed.',
    guides: ['configure-nodes', 'install'],
  },
  BUILD_CHECK_FAILED: {
    means:
      'What was made, or what it was made from, did not pass a check: damaged, unsigned, incomplete, or not as it was written.',
    leaves: 'Nothing of it is used, and nothing of it is in the output folder.',
    from: ['build', 'lock', 'inspect', 'diff', 'boot'],
    says: [
      {
        message: 'initramfs: …',
        remedy: 'add the package that brings that library to `packages`, or to the base image',
      },
      {
        message: 'the root file system lacks programs that the initramfs needs:',
        remedy: 'add the packages that it names',
      },
      {
        message: 'the kernel has neither built in nor as a module: …',
        remedy: 'take a kernel package with these drivers, or another `root`',
      },
      {
        message: 'GRUB cannot load the kernel: …',
        remedy: 'on arm64 it has to be an Image with EFI stub: choose another kernel package',
      },
      {
        message: 'not signed by the key of repository …, or damaged: …',
        remedy: '`gpgKey` of that repository has to hold the key that signs its packages',
      },
      {
        message: '… is damaged at byte …: …',
        remedy: 'fetch or make the archive again',
      },
      {
        message: '… on BOOT differs from what was written',
        remedy: 'check the disk below the output folder, then build again',
      },
      {
        message: '… is no release: …',
        remedy: 'a release is the folder `release` that `kubeos build` makes',
      },
    ],
    otherwise:
      'Build again. What fails twice at the same place is the input; what moves is the disk or the memory of this machine.',
    worked: 'The build ends with 0, and so does `kubeos inspect` of its disk.',
    guides: ['first-image'],
  },
} as const satisfies Record<string, ErrorPage>;
