import { access, mkdir, mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Policy } from '../../../configuration/policy.ts';
import { openPositional } from '../../../disk/positional-file.ts';
import { NO_NODE_ARGUMENTS, serialiseNodeArguments } from '../../../disk/node-arguments.ts';
import { bootArguments } from '../boot-arguments.ts';
import { kernelSettings } from '../kernel-settings.ts';
import type { ConfigurationParts } from '../run-configuration.ts';
import type { ConfigurationHost } from '../transaction.ts';

export const KUBELET_FILE = `# of kubeadm
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
evictionHard: # little is little
  memory.available: 100Mi
maxPods: 110
`;

const CONTAINERD_FILE = `version = 3 # of the package

[plugins."io.containerd.cri.v1.images"]
  max_concurrent_downloads = 3
`;

/** Relative paths; what stands below `sys` is the running kernel. */
const FILES: Readonly<Record<string, string>> = {
  'etc/sysctl.d/99-zz-kubeos.conf': '# mine\nvm.swappiness = 60\n',
  'etc/security/limits.d/other.conf': '* hard core 0\n',
  'etc/containerd/config.toml': CONTAINERD_FILE,
  'var/lib/kubelet/config.yaml': KUBELET_FILE,
  'sys/vm/swappiness': '60\n',
  'sys/vm/dirty_ratio': '20\n',
  'sys/vm/dirty_bytes': '0\n',
  'sys/kernel/core_pattern': 'core\n',
  'sys/net/ipv4/tcp_rmem': '4096\t131072\t6291456\n',
  'persist-state': 'writable\n',
  nodeargs: Buffer.from(serialiseNodeArguments(NO_NODE_ARGUMENTS)).toString(),
};

/** A policy that allows as much as a policy can say. */
export const WIDE_POLICY: Policy = {
  'kernel.sysctl': wide(['*.*', '*.*.*', '*.*.*.*']),
  'kernel.sysctl.persist': wide(['*.*', '*.*.*', '*.*.*.*']),
  'grub.cmdline.current': wide(['*', '*.*', '*.*.*']),
  'grub.cmdline.next': wide(['*', '*.*', '*.*.*']),
  'kubernetes.kubelet': wide(['*', '*.*', '*.*.*']),
  'container.containerd': wide(['*', '*.*', '*.*.*', '*.*.*.*', '*.*.*.*.*.*.*']),
  'pam.limits': wide(['*']),
};

function wide(keys: readonly string[]): NonNullable<Policy['kernel.sysctl']> {
  return { allow: keys.map((key) => ({ key, value: '[^]*' })) };
}

export interface TestConfiguration extends AsyncDisposable {
  readonly directory: string;
  readonly parts: ConfigurationParts;
  readonly restarts: string[];
  /** Every file below it, as text by path. */
  snapshot(): Promise<Readonly<Record<string, string>>>;
}

/** A folder that stands for a node: real files, and plain files in place of the kernel's. */
export async function testConfiguration(policy: Policy): Promise<TestConfiguration> {
  const made = await mkdtempDisposable('/var/tmp/kubeos-configure-');
  const directory = made.path;
  await fillTestNode(directory, policy);
  const restarts: string[] = [];
  const host = {
    ...hostOf(directory),
    restartUnit: async (unit: string) => void restarts.push(unit),
  };
  return {
    ...{ directory, restarts, parts: { ...partsOf(directory), host } },
    snapshot: async () => await textsBelow(directory),
    [Symbol.asyncDispose]: async () => await made.remove(),
  };
}

export async function fillTestNode(directory: string, policy: Policy): Promise<void> {
  for (const [name, text] of Object.entries({ ...FILES, 'policy.json': JSON.stringify(policy) })) {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

export function partsOf(directory: string): ConfigurationParts {
  return {
    policy: path.join(directory, 'policy.json'),
    persist: {
      proc: path.join(directory, 'proc'),
      persistState: path.join(directory, 'persist-state'),
      persist: '/persist',
    },
    alone: path.join(directory, 'persist/lock'),
    host: hostOf(directory),
  };
}

function hostOf(directory: string): ConfigurationHost {
  return {
    root: directory,
    journal: path.join(directory, 'persist/journal.json'),
    bootId: 'this-boot',
    kernel: kernelSettings(path.join(directory, 'sys')),
    openArguments: async () => {
      const sector = await openPositional(path.join(directory, 'nodeargs'), { isWritable: true });
      const dispose = async (): Promise<void> => await sector[Symbol.asyncDispose]();
      return { ...bootArguments(sector, 'A'), [Symbol.asyncDispose]: dispose };
    },
    isUnitActive: async () => true,
    restartUnit: async () => undefined,
    exists: async (file) =>
      await access(file).then(
        () => true,
        () => false,
      ),
    log: () => undefined,
  };
}

/** Of no interest: what the image allows, and an empty file. */
const UNSEEN = new Set(['policy.json', 'lock']);

/** Every file below a folder, as text by relative path, in order. */
export async function textsBelow(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !UNSEEN.has(entry.name));
  const texts = files.map(async ({ parentPath, name }) => {
    const file = path.join(parentPath, name);
    // A kernel writes its numbers with tabs between them, whatever it was given.
    const text = (await readFile(file, 'utf8')).replaceAll('\t', ' ');
    return [path.relative(directory, file), text] as const;
  });
  const all = await Promise.all(texts);
  return Object.fromEntries(all.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
