import type { AgentCommand, CommandOption } from './command.ts';
import { install } from './install.ts';
import { configure, doctor, health, persist, version } from './node-commands.ts';
import { plan, prepare } from './prepare-commands.ts';
import { showStatus } from './status-command.ts';
import { activate, cancel, commit, reboot, retryGrub, rollBack } from './switch-commands.ts';
import { apply, check, fetch, lastWords, revert, run } from './unit-commands.ts';
import { watch } from './watch-command.ts';

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
  status: { usage: ['status'], summary: 'What runs, what is next, what goes on', run: showStatus },
  watch: { usage: ['watch'], summary: 'What happens, from now on', run: watch },
  doctor: {
    usage: ['doctor'],
    summary: 'Looks at everything that an upgrade depends on, and says what to do',
    run: doctor,
  },
  health: {
    usage: ['health'],
    summary: 'What is checked on a trial, looked at now',
    run: health,
  },
  plan: {
    usage: ['plan RELEASE'],
    summary: 'What preparing a release would fetch, and what would refuse it; changes nothing',
    options: { repository: REPOSITORY },
    words: 1,
    run: plan,
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
    run: prepare,
  },
  activate: {
    usage: ['activate [DIGEST]'],
    summary: 'Make the next boot a trial of what was prepared',
    words: 1,
    run: activate,
  },
  cancel: {
    usage: ['cancel'],
    summary: 'Stop what goes on, or take an activation or a rollback back',
    run: cancel,
  },
  reboot: { usage: ['reboot'], summary: 'Restart the machine in order', run: reboot },
  commit: { usage: ['commit'], summary: 'Say that the running release is good', run: commit },
  rollback: {
    usage: ['rollback'],
    summary: 'Make the other slot the next to boot, if it is good and whole',
    run: rollBack,
  },
  'retry-grub': {
    usage: ['retry-grub'],
    summary: 'Try a GRUB once more that did not boot this node',
    run: retryGrub,
  },
  persist: {
    usage: ['persist list', 'persist reset ITEM…'],
    summary:
      'What was changed in /etc on this node and what of it lasts; or the image’s again at the next start',
    options: { 'dry-run': DRY_RUN },
    words: Infinity,
    run: persist,
  },
  configure: {
    usage: ['configure FILE'],
    summary: 'Set what the image’s policy allows, as a whole or not at all, and say what changed',
    options: { 'dry-run': DRY_RUN },
    words: 1,
    run: configure,
  },
  install: {
    usage: ['install', 'install DISK'],
    summary: 'The disks of this machine; or the release that runs onto one of them',
    options: {
      erase: { summary: 'Take a disk that is not empty; what is on it is gone' },
      'dry-run': DRY_RUN,
    },
    words: 1,
    run: install,
  },
  version: { usage: ['version'], summary: 'The version of this program', run: version },
  run: { usage: ['run'], summary: 'The daemon', isForUnits: true, run },
  fetch: {
    usage: ['fetch'],
    summary: 'Fetches and decodes for the daemon',
    ...{ isForUnits: true, run: fetch },
  },
  check: {
    usage: ['check'],
    summary: 'Looks whether the node is well, for the daemon',
    ...{ isForUnits: true, run: check },
  },
  apply: {
    usage: ['apply'],
    summary: 'Configures for the daemon',
    ...{ isForUnits: true, run: apply },
  },
  revert: {
    usage: ['revert'],
    summary: 'Takes back a configuration that did not come to its end',
    ...{ isForUnits: true, run: revert },
  },
  'last-words': {
    usage: ['last-words'],
    summary: 'Reads what a failed trial left behind, for the daemon',
    ...{ isForUnits: true, run: lastWords },
  },
};
