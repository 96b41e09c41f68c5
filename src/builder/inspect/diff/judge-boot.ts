import { hasChanged } from './compare-lists.ts';
import type { Consequence, DiffFacts } from './image-diff.ts';

/** What changes in how a node starts. */
export function judgeBoot(diff: DiffFacts): Consequence[] {
  return [
    { level: 'fact', subject: 'reboot', text: 'needed: the root file system changes as a whole' },
    ...judgeKernel(diff),
    ...judgeArguments(diff),
    ...judgeFileSystem(diff),
    ...judgeVerity(diff),
  ];
}

const KERNEL_FILE = /^\/boot\/(?:vmlinuz|Image)[^/]*$/;

function judgeKernel({ kernels, files }: DiffFacts): Consequence[] {
  const subject = 'kernel';
  if (hasChanged(kernels)) {
    const [old, young] = [kernels.removed, kernels.added].map((list) => list.join(', ') || 'none');
    return [{ level: 'attention', subject, text: `${old} -> ${young}` }];
  }
  const isRebuilt = (files ?? []).some(
    ({ path, differences }) => KERNEL_FILE.test(path) && differences.includes('content'),
  );
  return isRebuilt ? [{ level: 'attention', subject, text: 'same version, another build' }] : [];
}

function judgeArguments({ kernelArguments }: DiffFacts): Consequence[] {
  if (!hasChanged(kernelArguments)) return [];
  const { added, removed } = kernelArguments;
  const text = [...added.map((one) => `+${one}`), ...removed.map((one) => `-${one}`)].join(' ');
  return [{ level: 'attention', subject: 'arguments', text }];
}

function judgeFileSystem({ before, after }: DiffFacts): Consequence[] {
  const [old, young] = [before.fileSystem, after.fileSystem];
  if (old === null || young === null || old === young) return [];
  const text = `${old} becomes ${young}`;
  return [{ level: 'attention', subject: 'file system', text }];
}

function judgeVerity({ before, after }: DiffFacts): Consequence[] {
  if (before.hasVerity === null || after.hasVerity === null) return [];
  if (before.hasVerity === after.hasVerity) return [];
  const text = after.hasVerity
    ? 'is switched on: a changed block stops the system'
    : 'is switched off: root on the node will be able to write to the running system';
  return [{ level: 'attention', subject: 'dm-verity', text }];
}
