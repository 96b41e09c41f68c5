import { type ErrorCode, KubeosError } from '../../../errors.ts';

interface Explanation {
  readonly code: ErrorCode;
  /** What dnf says in this case; its first group, or all of it, goes into the message. */
  readonly pattern: RegExp;
  readonly message: string;
  readonly hint: string;
}

/** In the order in which they are looked for: what says more goes before what says less. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    code: 'DEFINITION_INVALID',
    pattern: /(?:Unable to find a match|No match for argument): (.*)/,
    message: 'the repositories do not have',
    hint: 'check the names under packages, and that base.repositories has all repositories',
  },
  {
    code: 'DEFINITION_INVALID',
    pattern: /((?:nothing provides|conflicts with|package .* requires) .*)/,
    message: 'the packages cannot be installed together:',
    hint: 'add the repository that has what is missing to base.repositories, or leave the package out',
  },
  {
    code: 'BUILD_CHECK_FAILED',
    pattern:
      /(Package \S+ is not signed|Public key for \S+ is not installed.*|GPG key at .*|.*GPG check FAILED)/,
    message: 'a signature is missing or by another key:',
    hint: 'base.repositories[].gpgKey must hold the key that signs the packages; unsigned ones are never installed',
  },
  {
    code: 'BUILD_CHECK_FAILED',
    pattern: /(Package .* has incorrect checksum|checksum doesn't match\..*)/,
    message: 'a repository gives out other bytes than its index names:',
    hint: 'it is changing right now, or a proxy or mirror is broken or lies; nothing of it was used',
  },
  {
    code: 'NETWORK',
    pattern: /(Failed to download metadata for repo .*|Cannot download .*|Curl error .*)/,
    message: 'a repository cannot be read:',
    hint: 'check base.repositories[].baseUrl (repodata/repomd.xml is below it) and the network',
  },
];

/** What dnf wrote when it failed, as an error that says what to change; others stay as they are. */
export function explainDnfFailure(error: unknown): unknown {
  if (!(error instanceof KubeosError) || error.code !== 'COMMAND_FAILED') return error;
  for (const { code, pattern, message, hint } of EXPLANATIONS) {
    const found = pattern.exec(error.message);
    if (found === null) continue;
    return new KubeosError(code, `${message} ${found[1] ?? found[0]}`, { cause: error, hint });
  }
  return error;
}

/** For promises: `await commands.run(…).catch(throwExplained)`. */
export function throwExplained(error: unknown): never {
  throw explainDnfFailure(error);
}
