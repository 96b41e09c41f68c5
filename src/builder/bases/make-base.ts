import { writeFile } from 'node:fs/promises';
import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepReport } from '../build/step.ts';
import { loadHostMirrors } from './host-mirror.ts';
import { mmdebstrapCommand, sourcesListText } from './mmdebstrap.ts';

export interface BaseHost {
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly report: StepReport;
}

/** Writes the root file system of the definition's base as a tar. */
export async function makeBase(plan: BuildPlan, host: BaseHost): Promise<void> {
  const { base, arch, packages } = plan.definition;
  if (base.type !== 'apt') throw new Error(`base ${base.type}`);
  const sources = base.sources ?? (await loadHostMirrors(base.suite));
  const { sourcesList, baseTar: output } = plan.files;
  await writeFile(sourcesList, sourcesListText(sources, arch));
  await host.commands.run(
    mmdebstrapCommand({
      suite: base.suite,
      arch,
      packages,
      sourcesList,
      output,
      epoch: plan.epoch,
    }),
  );
}
