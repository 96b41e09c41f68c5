import { removeRootCommand } from './dnf-commands.ts';
import type { DnfRequest } from './dnf-request.ts';

/** After an abort nothing can be run: the caller removes the work directory. */
export async function removeRoot(root: string, { commands, signal }: DnfRequest): Promise<void> {
  if (signal.aborted) return;
  await commands.run(removeRootCommand(root));
}
