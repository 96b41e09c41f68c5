import { KubeosError } from '../../errors.ts';

/**
 * Why metadata was refused. `expired`: no new upgrade, and an alarm. `stale`: older than what is known, so a cache on
 * the way is behind: try again without it, or another mirror. `missing`: the server does not have it (yet).
 * `ahead`: it lives longer than its role may, or this machine's clock is far behind. All others: damage or attack.
 */
export type MetadataRefusal =
  'expired' | 'stale' | 'missing' | 'ahead' | 'malformed' | 'unsigned' | 'mismatched';

/** Metadata that is not trusted: always code UNTRUSTED, with the file's name and the kind of reason. */
export class MetadataError extends KubeosError {
  /** Below `metadata/`. */
  readonly file: string;
  readonly refusal: MetadataRefusal;

  constructor(file: string, refusal: MetadataRefusal, why: string) {
    super('UNTRUSTED', `${file} ${why}`, {
      hint: refusal === 'expired' ? renewal(file) : HINTS[refusal],
    });
    this.name = 'MetadataError';
    this.file = file;
    this.refusal = refusal;
  }
}

/** Each file has another life, and other keys. */
function renewal(file: string): string {
  const [, command = 'refresh REPOSITORY'] = RENEWALS.find(([role]) => role.test(file)) ?? [];
  return `the publisher has to run \`kubeos repository ${command}\`; what runs already stays as it is`;
}

const RENEWALS: readonly (readonly [role: RegExp, command: string])[] = [
  [/root/, 'rotate REPOSITORY root'],
  [/targets|halt/, 'refresh REPOSITORY --targets'],
];

const HINTS: Readonly<Record<Exclude<MetadataRefusal, 'expired'>, string>> = {
  stale: 'a cache or mirror is behind: try again without cache, or another mirror',
  missing: 'the copy is incomplete, or this is not the address of a repository',
  ahead: "check this machine's clock; if it is right, the repository was not made by kubeos",
  malformed: 'do not use this repository; ask its publisher to run `kubeos repository verify`',
  unsigned: 'do not use this repository; compare its root.json with the one that you were given',
  mismatched: 'files of two states are mixed: try again, or another mirror',
};
