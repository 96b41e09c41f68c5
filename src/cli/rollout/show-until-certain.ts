import type { KubeApi } from '../../kube/kube-api.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import { EXIT_CODE_OF, readVerdict } from '../../rollout/client/read-verdict.ts';
import { waitForRollout } from '../../rollout/client/wait-for-rollout.ts';
import type { Ending, RolloutReport } from '../../rollout/report/rollout-report.ts';
import type { CliContext } from '../command-spec.ts';
import { outputMode } from '../output-mode.ts';
import { placeOf } from './cluster-arguments.ts';
import { openDisplay } from './open-display.ts';
import { writeReports } from './report-files.ts';
import type { RolloutDisplay } from './rollout-display.ts';
import { RolloutObserver } from './rollout-observer.ts';
import { messageOf } from './message-of.ts';
import { showRollout } from './show-rollout.ts';
import { summaryText } from './summary-text.ts';

export interface Waiting {
  readonly name: string;
  readonly namespace: string;
  readonly json: boolean;
  readonly quiet: boolean;
  /** Null: for ever. */
  readonly timeoutMs: number | null;
  /** Of what is waited for; null for whatever is asked for. */
  readonly digest: string | null;
  /** Files that say how it ended, however it ends. */
  readonly report: readonly string[];
  readonly measureServices: boolean;
}

interface Ended {
  readonly os: OsObject;
  readonly report: RolloutReport;
}

type Around = (
  display: RolloutDisplay,
  wait: (signal: AbortSignal) => Promise<Ended>,
) => Promise<Ended>;

/** Shows how it goes on, then how it ended. @returns the exit code */
export async function showUntilCertain(
  api: KubeApi,
  waiting: Waiting,
  { context, around }: { readonly context: CliContext; readonly around?: Around },
): Promise<number> {
  const { stdout, stderr, signal } = context;
  let ended: Ended;
  {
    await using display = await openDisplay(outputMode(waiting, context), stderr);
    const wait = async (until: AbortSignal): Promise<Ended> =>
      await follow(api, waiting, { display, signal: until });
    ended = await (around === undefined ? wait(signal) : around(display, wait));
  }
  const { os, report } = ended;
  stdout.write(
    waiting.json
      ? showRollout(os, true, { migration: report.migration })
      : `${showRollout(os, false)}${summaryText(report)}\n`,
  );
  return EXIT_CODE_OF[readVerdict(os).kind];
}

interface Following {
  readonly display: RolloutDisplay;
  readonly signal: AbortSignal;
}

async function follow(
  api: KubeApi,
  { timeoutMs, digest, quiet, report: files, measureServices, ...waiting }: Waiting,
  { display, signal }: Following,
): Promise<Ended> {
  const place = placeOf(waiting);
  const observer = new RolloutObserver(api, place, { display, signal });
  if (!quiet || measureServices || files.length > 0) observer.begin({ measureServices });
  let ending: Ending = { kind: 'interrupted' };
  try {
    const os = await waitForRollout(api, place, {
      ...{ signal, timeoutMs, digest, onTrouble: display.trouble },
      onChange: (changed) => observer.see(changed),
    });
    ending = { kind: CERTAIN.has(readVerdict(os).kind) ? 'certain' : 'timed-out' };
    await observer.lastLook();
    return { os, report: observer.report(ending) };
  } catch (error) {
    if (!signal.aborted) ending = { kind: 'error', message: messageOf(error) };
    throw error;
  } finally {
    await writeReports(files, () => observer.report(ending)).catch((error: unknown) => {
      display.trouble(`the report is not written: ${messageOf(error)}`);
    });
    await observer.end();
  }
}

const CERTAIN: ReadonlySet<string> = new Set(['done', 'failed', 'rolled-back']);
