import { inNamespace } from '../../../host/in-namespace.ts';
import type { DnfRequest } from './dnf-request.ts';

/** Files in it belong to subordinate ids. After an abort nothing can be run: the caller removes the work directory. */
export async function removeRoot(root: string, { commands, signal }: DnfRequest): Promise<void> {
  if (signal.aborted) return;
  await commands.run(inNamespace({ tool: 'rm', args: ['-rf', '--one-file-system', '--', root] }));
}
