import type { AgentCommand, CommandOption } from './command.ts';

const DRY_RUN: CommandOption = { summary: 'Say what would be done, and do nothing' };
const REPOSITORY: CommandOption = {
  ...{ takes: 'NAME', summary: 'One that the image names; default: default' },
};

/** With KubeOS's names, where it has one. */
const TAR_OPTIONS: Readonly<Record<string, CommandOption>> = {
  'image-url': {
    ...{ takes: 'URL', summary: 'A plain tar of a root file system; the image has to allow it' },
  },
  checksum: { takes: 'SHA256', summary: 'Of that tar' },
  'image-version': { takes: 'NAME', summary: 'What people call it; default: of the checksum' },
  'flag-safe': { summary: 'Plain http is good enough for it here' },
  cacert: { takes: 'FILE', summary: 'In /etc/KubeOS/certs: the only CA to trust for it' },
  mtls: { summary: 'Show its server a certificate: --clientcert and --clientkey' },
  clientcert: { takes: 'FILE', summary: 'In /etc/KubeOS/certs' },
  clientkey: { takes: 'FILE', summary: 'In /etc/KubeOS/certs' },
};

/** Every subcommand of `kubeos-agent`, in the order in which help lists them. */
export const COMMANDS: Readonly<Record<string, AgentCommand>> = {
  status: {
    usage: ['status'],
    summary: 'What runs, what is next, what goes on',
    load: async () => (await import('./status-command.ts')).showStatus,
  },
  watch: {
    usage: ['watch'],
    summary: 'What happens, from now on',
    load: async () => (await import('./watch-command.ts')).watch,
  },
  doctor: {
    usage: ['doctor'],
    summary: 'Looks at everything that an upgrade depends on, and says what to do',
    load: async () => (await import('./node-commands.ts')).doctor,
  },
  health: {
    usage: ['health'],
    summary: 'What is checked on a trial, looked at now',
    load: async () => (await import('./node-commands.ts')).health,
  },
  plan: {
    usage: ['plan RELEASE'],
    summary: 'What preparing a release would fetch, and what would refuse it; changes nothing',
    options: { repository: REPOSITORY },
    words: 1,
    load: async () => (await import('./prepare-commands.ts')).plan,
  },
  prepare: {
    usage: ['prepare RELEASE', 'prepare --image-url URL --checksum SHA256'],
    summary:
      "Fetch a release (digest, version or channel), or a plain tar in KubeOS's format, into the standby slot",
    options: {
      repository: REPOSITORY,
      'limit-rate': {
        ...{ takes: 'BYTES', summary: 'Fetch no faster: bytes a second, or 20M (K, M, G: 1024)' },
      },
      'max-transfer': { takes: 'BYTES', summary: 'Give up rather than fetch more in all' },
      'allow-older': { summary: 'Take a release that is older than the one that runs' },
      'allow-failed': { summary: 'Take a release that failed on this node before' },
      ...TAR_OPTIONS,
    },
    words: 1,
    load: async () => (await import('./prepare-commands.ts')).prepare,
  },
  activate: {
    usage: ['activate [DIGEST]'],
    summary: 'Make the next boot a trial of what was prepared',
    words: 1,
    load: async () => (await import('./switch-commands.ts')).activate,
  },
  cancel: {
    usage: ['cancel'],
    summary: 'Stop what goes on, or take an activation or a rollback back',
    load: async () => (await import('./switch-commands.ts')).cancel,
  },
  reboot: {
    usage: ['reboot'],
    summary: 'Restart the machine in order',
    load: async () => (await import('./switch-commands.ts')).reboot,
  },
  commit: {
    usage: ['commit'],
    summary: 'Say that the running release is good',
    load: async () => (await import('./switch-commands.ts')).commit,
  },
  rollback: {
    usage: ['rollback'],
    summary: 'Make the other slot the next to boot, if it is good and whole',
    load: async () => (await import('./switch-commands.ts')).rollBack,
  },
  'retry-grub': {
    usage: ['retry-grub'],
    summary: 'Try a GRUB once more that did not boot this node',
    load: async () => (await import('./switch-commands.ts')).retryGrub,
  },
  persist: {
    usage: ['persist list', 'persist reset ITEM…'],
    summary:
      'What was changed in /etc on this node and what of it lasts; or the image’s again at the next start',
    options: { 'dry-run': DRY_RUN },
    words: Infinity,
    load: async () => (await import('./node-commands.ts')).persist,
  },
  configure: {
    usage: ['configure FILE'],
    summary: 'Set what the image’s policy allows, as a whole or not at all, and say what changed',
    options: { 'dry-run': DRY_RUN },
    words: 1,
    load: async () => (await import('./node-commands.ts')).configure,
  },
  install: {
    usage: ['install', 'install DISK'],
    summary: 'The disks of this machine; or the release that runs onto one of them',
    options: {
      erase: { summary: 'Take a disk that is not empty; what is on it is gone' },
      credentials: {
        ...{ takes: 'FOLDER', summary: 'Its files make the disk this node: they go to BOOT' },
      },
      'dry-run': DRY_RUN,
    },
    words: 1,
    load: async () => (await import('./install.ts')).install,
  },
  version: {
    usage: ['version'],
    summary: 'The version of this program',
    load: async () => (await import('./node-commands.ts')).version,
  },
  run: {
    usage: ['run'],
    summary: 'The daemon',
    isForUnits: true,
    load: async () => (await import('./unit-commands.ts')).run,
  },
  fetch: {
    usage: ['fetch'],
    summary: 'Fetches and decodes for the daemon',
    ...{ isForUnits: true, load: async () => (await import('./unit-commands.ts')).fetch },
  },
  check: {
    usage: ['check'],
    summary: 'Looks whether the node is well, for the daemon',
    ...{ isForUnits: true, load: async () => (await import('./unit-commands.ts')).check },
  },
  apply: {
    usage: ['apply'],
    summary: 'Configures for the daemon',
    ...{ isForUnits: true, load: async () => (await import('./unit-commands.ts')).apply },
  },
  revert: {
    usage: ['revert'],
    summary: 'Takes back a configuration that did not come to its end',
    ...{ isForUnits: true, load: async () => (await import('./unit-commands.ts')).revert },
  },
  'last-words': {
    usage: ['last-words'],
    summary: 'Reads what a failed trial left behind, for the daemon',
    ...{ isForUnits: true, load: async () => (await import('./unit-commands.ts')).lastWords },
  },
};
