import test from 'ava';
import { KubeosError, type ErrorCode } from '../errors.ts';
import { EXIT_CODE_MEANINGS } from './exit-codes.ts';

/** The compiler sees to it that none is missing. */
const ERROR_CODES = Object.values({
  INTERNAL: 'INTERNAL',
  USAGE: 'USAGE',
  DEFINITION_INVALID: 'DEFINITION_INVALID',
  LOCK_MISMATCH: 'LOCK_MISMATCH',
  SETTINGS_REFUSED: 'SETTINGS_REFUSED',
  HOST_NOT_READY: 'HOST_NOT_READY',
  NO_SPACE: 'NO_SPACE',
  COMMAND_FAILED: 'COMMAND_FAILED',
  BUILD_CHECK_FAILED: 'BUILD_CHECK_FAILED',
  NETWORK: 'NETWORK',
  RELEASE_INVALID: 'RELEASE_INVALID',
  RELEASE_HALTED: 'RELEASE_HALTED',
  UNTRUSTED: 'UNTRUSTED',
  CLUSTER: 'CLUSTER',
  REFUSED: 'REFUSED',
  TIMED_OUT: 'TIMED_OUT',
  CANCELLED: 'CANCELLED',
} satisfies { [Code in ErrorCode]: Code });

test('every exit code that an error can have is explained', (t) => {
  const unexplained = ERROR_CODES.filter(
    (code) => !EXIT_CODE_MEANINGS.has(new KubeosError(code, '').exitCode),
  );
  t.deepEqual(unexplained, []);
});
