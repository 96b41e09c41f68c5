import type { ImageDefinition } from '../definition/schema.ts';
import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

const UNITS = '/usr/lib/systemd/system';

/** In whichever of these a start ends. */
const STARTS = ['sysinit.target', 'rescue.target', 'emergency.target'] as const;

/** A look may last two minutes (run-agent.ts), and the gate looks once more after its deadline. */
const VERDICT_MARGIN_SECONDS = 180;

interface Deadline {
  /** The file in /run/kubeos/trial that the agent makes in time. */
  readonly mark: 'ready' | 'verdict';
  readonly seconds: number;
  readonly missed: string;
}

/**
 * What ends a trial whose agent does not run, or comes to nothing: systemd restarts the machine, and needs no other
 * program for it. In every image, because one without an agent has to be left too.
 */
export function planTrialDeadlines({ health }: ImageDefinition): TreeEntry[] {
  const { readySeconds, deadlineSeconds } = health;
  const verdictSeconds = readySeconds + deadlineSeconds + VERDICT_MARGIN_SECONDS;
  return [
    ...planDeadline({ mark: 'ready', seconds: readySeconds, missed: 'does not run' }),
    ...planDeadline({ mark: 'verdict', seconds: verdictSeconds, missed: 'came to no verdict' }),
  ];
}

function planDeadline(deadline: Deadline): TreeEntry[] {
  const name = `kubeos-trial-${deadline.mark}`;
  return [
    rootFile(`${UNITS}/${name}.timer`, unit(timerLines(deadline))),
    rootFile(`${UNITS}/${name}.service`, unit(serviceLines(deadline))),
    ...STARTS.map((start) => rootLink(`${UNITS}/${start}.wants/${name}.timer`, `../${name}.timer`)),
  ];
}

/** Ordered after nothing, and kept by whatever else is stopped: a start that waits for ever does not stop it. */
function timerLines({ mark, seconds }: Deadline): string[] {
  return [
    '[Unit]',
    `Description=kubeos: deadline of a trial (${mark})`,
    'DefaultDependencies=no',
    'IgnoreOnIsolate=yes',
    'ConditionKernelCommandLine=kubeos.trial',
    '',
    '[Timer]',
    `OnBootSec=${seconds}`,
    'AccuracySec=1s',
  ];
}

/** However it ends, even where its programs are missing, the machine restarts; and says before what it waited for. */
function serviceLines({ mark, seconds, missed }: Deadline): string[] {
  return [
    '[Unit]',
    `Description=kubeos: restarts a trial that missed its deadline (${mark})`,
    'DefaultDependencies=no',
    'IgnoreOnIsolate=yes',
    'ConditionKernelCommandLine=kubeos.trial',
    `ConditionPathExists=!/run/kubeos/trial/${mark}`,
    'SuccessAction=reboot-force',
    'FailureAction=reboot-force',
    '',
    '[Service]',
    'Type=oneshot',
    'TimeoutStartSec=20',
    'SyslogIdentifier=kubeos-trial',
    'SyslogLevel=err',
    'ExecStart=-systemctl --no-pager --no-legend list-jobs',
    'ExecStart=-systemctl --no-pager --no-legend --plain --failed',
    `ExecStart=-echo the agent ${missed} ${seconds} s after the start of a trial: restarting`,
    'ExecStart=-journalctl --sync',
  ];
}

const unit = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
