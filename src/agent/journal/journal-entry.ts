import type { OperationResult } from '../operations/operation.ts';

/** A message with fields of its own, whose names are of upper-case letters (systemd.journal-fields(7)). */
export interface JournalEntry {
  readonly message: string;
  readonly priority: Priority;
  readonly fields: Readonly<Record<string, string | number | null>>;
}

/** As syslog(3) counts: error, warning, information. */
export type Priority = 3 | 4 | 6;

/** What `journalctl KUBEOS_OPERATION=prepare` finds, and people read. */
export function entryOfResult(result: OperationResult): JournalEntry {
  const { kind, release, outcome, error, transfer, phases } = result;
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  return {
    message: `${kind}${release === null ? '' : ` ${release}`}: ${endOf(result, seconds)}`,
    priority: outcome === 'failed' ? 3 : 6,
    fields: {
      KUBEOS_OPERATION: kind,
      KUBEOS_OUTCOME: outcome,
      KUBEOS_RELEASE: release,
      KUBEOS_SECONDS: seconds.toFixed(3),
      KUBEOS_BYTES_TRANSFERRED: transfer?.bytesTransferred ?? null,
      KUBEOS_ERROR_CODE: error?.code ?? null,
      KUBEOS_REMEDY: error?.hint ?? null,
    },
  };
}

function endOf({ outcome, error, transfer }: OperationResult, seconds: number): string {
  if (error !== null && outcome === 'failed') return `failed: ${error.message}`;
  const fetched =
    transfer === null
      ? ''
      : `, ${(transfer.bytesTransferred / 2 ** 20).toFixed(1)} MiB fetched (${transfer.how})`;
  return `${outcome} in ${seconds.toFixed(1)} s${fetched}`;
}

/** As logger(1) reads it with --journald: a field a line. */
export function linesOfEntry({ message, priority, fields }: JournalEntry): string {
  const all = {
    ...{ MESSAGE: message, PRIORITY: priority, SYSLOG_IDENTIFIER: 'kubeos-agent' },
    ...fields,
  };
  return Object.entries(all)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${String(value).replaceAll(/\p{Cc}+/gu, ' ')}\n`)
    .join('');
}
