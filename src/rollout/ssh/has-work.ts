import type { OsInstance } from '../api/os-instance.ts';

/** Whether there is anything to do or to say for the hand of a node, as its OSInstance has it. */
export function hasWork({ metadata, spec, status }: OsInstance): boolean {
  if (status.observedGeneration !== metadata.generation) return true;
  return isRunGoingOn(spec, status) || hasSettingsLeft(spec, status);
}

/** By itself, or the next step is allowed. */
function isRunGoingOn({ run }: OsInstance['spec'], { run: said }: OsInstance['status']): boolean {
  if (run === null) return said !== null;
  if (said?.id !== run.id) return true;
  if (said.phase === 'prepared') return run.allowed === 'activate' || isDraining(run);
  return !ENDS.has(said.phase);
}

const isDraining = ({ allowed, drain }: NonNullable<OsInstance['spec']['run']>): boolean =>
  allowed === 'drain' && drain !== undefined;

const ENDS: ReadonlySet<string> = new Set(['committed', 'fell-back', 'failed']);

/** What was refused is said so, and what is tried again keeps the hand that tries it. */
function hasSettingsLeft(spec: OsInstance['spec'], { conditions }: OsInstance['status']): boolean {
  if (spec.sysconfigs === undefined || spec.run !== null) return false;
  const configured = conditions.find(({ type }) => type === 'Configured');
  return configured === undefined || configured.reason === 'Pending';
}
