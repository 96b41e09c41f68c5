import type { CommandSpec } from '../command-spec.ts';

/** What makes images, and looks at them. */
export const IMAGE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    summary: 'Write a commented image definition to start from',
    positionals: [{ name: 'definition', summary: 'File to write', default: 'kubeos.yaml' }],
    options: { from: { type: 'string', summary: "KubeOS's kbimg.toml to take over" } },
    examples: [
      { command: 'kubeos init', explains: 'Write ./kubeos.yaml' },
      { command: 'kubeos init --from kbimg.toml', explains: 'Coming from KubeOS' },
    ],
    load: async () => (await import('../commands/init.ts')).runInitCommand,
  },
  {
    name: 'build',
    summary: 'Build the image of a definition',
    positionals: [{ name: 'definition', summary: 'Image definition', default: 'kubeos.yaml' }],
    options: {
      out: { type: 'string', default: 'out', summary: 'Folder for the artifacts', alias: 'o' },
      set: { type: 'strings', summary: 'Override one value of the definition: key=value' },
      locked: {
        type: 'boolean',
        default: false,
        summary: 'Refuse to build without a lockfile',
      },
      agent: {
        type: 'string',
        summary:
          'Node agent of the image: FILE, own or none; default own where there is a repository',
      },
      'dry-run': { type: 'boolean', default: false, summary: 'Print the steps and their commands' },
      'cache-directory': { type: 'string', summary: 'Cache; default ~/.cache/kubeos' },
    },
    examples: [
      { command: 'kubeos build', explains: 'Build ./kubeos.yaml into out/' },
      {
        command: 'kubeos build --set version=1.4.2',
        explains: 'In CI: the version comes from the tag',
      },
    ],
    load: async () => (await import('../commands/build.ts')).runBuildCommand,
  },
  {
    name: 'lock',
    summary: 'Write down by digest what a build takes in',
    positionals: [{ name: 'definition', summary: 'Image definition', default: 'kubeos.yaml' }],
    options: {
      check: {
        type: 'boolean',
        default: false,
        summary: 'Only say what would change; exit code 3 then',
      },
      set: { type: 'strings', summary: 'Override one value of the definition: key=value' },
    },
    examples: [
      { command: 'kubeos lock', explains: 'Write kubeos.lock; commit it beside kubeos.yaml' },
      { command: 'kubeos lock --check', explains: 'In CI: is there an update to propose?' },
    ],
    load: async () => (await import('../commands/lock.ts')).runLockCommand,
  },
  {
    name: 'inspect',
    summary: 'Show what is in an image: partitions, slots, packages, kernel',
    positionals: [{ name: 'image', summary: 'Disk image, root image or release folder' }],
    options: {},
    examples: [{ command: 'kubeos inspect out/disk.raw', explains: 'Also qcow2, vmdk and vhd' }],
    load: async () => (await import('../commands/inspect.ts')).runInspectCommand,
  },
  {
    name: 'diff',
    summary: 'Compare two images, and say what an upgrade between them means',
    positionals: [
      { name: 'before', summary: 'The older image' },
      { name: 'after', summary: 'The newer image' },
    ],
    options: {},
    examples: [
      {
        command: 'kubeos diff old/disk.raw new/disk.raw',
        explains: 'Packages, files, kernel, services',
      },
    ],
    load: async () => (await import('../commands/diff.ts')).runDiffCommand,
  },
  {
    name: 'boot',
    summary: 'Boot a disk image in QEMU, with its serial console here',
    positionals: [
      { name: 'image', summary: 'Disk image for amd64 or arm64: raw, qcow2, vmdk or vhd' },
    ],
    options: {
      firmware: { type: 'string', choices: ['uefi', 'bios'], default: 'uefi', summary: 'Firmware' },
      memory: { type: 'number', default: 1024, summary: 'Memory in MiB' },
      'ssh-port': {
        type: 'number',
        summary: 'Port on 127.0.0.1 that reaches port 22 of the guest',
      },
      persist: {
        type: 'boolean',
        default: false,
        summary: 'Keep what the guest writes to the image',
      },
      credential: {
        type: 'strings',
        summary: 'NAME=FILE: a system credential for systemd in the guest',
      },
      'until-login': {
        type: 'boolean',
        default: false,
        summary: 'Stop when the login prompt is reached',
      },
      timeout: {
        type: 'number',
        default: 15,
        summary: 'Minutes after which --until-login gives up',
      },
    },
    examples: [
      {
        command: 'kubeos boot out/disk.raw',
        explains: 'The image is not changed; leave with Ctrl-A X',
      },
      {
        command: 'kubeos boot out/disk.raw --ssh-port 2222',
        explains: 'Then: ssh -p 2222 root@127.0.0.1',
      },
      {
        command: 'kubeos boot out/disk.raw --credential system.hostname=name.txt',
        explains: 'The guest is called what is in name.txt, without a newline',
      },
    ],
    load: async () => (await import('../commands/boot.ts')).runBootCommand,
  },
  {
    name: 'doctor',
    summary: 'Check that this host can build, inspect and boot images',
    positionals: [],
    options: {
      arch: {
        type: 'string',
        choices: ['amd64', 'arm64'],
        default: 'amd64',
        summary: 'For images of this architecture',
      },
    },
    examples: [
      {
        command: 'kubeos doctor',
        explains: 'Each missing tool, with the command that installs it',
      },
    ],
    load: async () => (await import('../commands/doctor.ts')).runDoctorCommand,
  },
];
