import { KubeosError } from '../../errors.ts';
import { libraryClosure } from '../initramfs/library-closure.ts';
import { AGENT_PATH } from './agent.ts';

/**
 * The agent is not of the distribution, so no package brings the libraries that it needs.
 *
 * @throws KubeosError DEFINITION_INVALID naming one that the tree lacks
 */
export async function assertAgentStarts(tree: string): Promise<void> {
  try {
    await libraryClosure(tree, [AGENT_PATH]);
  } catch (cause) {
    if (!(cause instanceof KubeosError) || cause.code !== 'BUILD_CHECK_FAILED') throw cause;
    const why = cause.message.replace(/^initramfs: /, '');
    throw new KubeosError('DEFINITION_INVALID', `the agent would not start: ${why}`, {
      cause,
      hint: 'add what has it to packages: for the agent libatomic1 (Debian) or libatomic (RPM), libstdc++6 or libstdc++',
    });
  }
}
