import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { SummedFile } from '../../disk/slot-files.ts';
import type { ByteString } from '../../disk/tar/byte-string.ts';
import { entryPath } from '../../disk/tar/entry-path.ts';
import { holdsContent, memberName, memberTarget } from '../../disk/tar/member-fields.ts';
import { KubeosError } from '../../errors.ts';
import type { Manifest } from '../../release/manifest.ts';
import type { StreamMember } from './read-tar-stream.ts';

/** What GRUB loads. */
export interface BootPair {
  readonly kernel: SummedFile;
  readonly initramfs: SummedFile;
}

const AGENT = '/usr/bin/kubeos-agent';
const ENABLED =
  /^\/(?:etc|usr\/lib|lib)\/systemd\/system\/[a-z-]+\.target\.(?:wants|requires)\/kubeos-agent\.service$/;
/** System V ABI, ELF header: the magic number, and at 18 the machine. */
const ELF = Buffer.from('\x7fELF', 'latin1');
const MACHINE = { amd64: 62, arm64: 183 } as const;

/** What has to be known of a root file system to boot it, and to be sure that the node lives on: noted as its tar comes. */
export class RootFacts {
  /** Hex SHA-256 of the files in /boot, by path. */
  readonly #sums = new Map<string, string>();
  /** Links in /boot, by path. */
  readonly #links = new Map<string, ByteString>();
  readonly #agent = { head: Buffer.alloc(20), filled: 0, isExecutable: false };
  #isEnabled = false;

  /** Before the member is written. */
  note(member: StreamMember): void {
    const path = pathOf(memberName(member));
    if (ENABLED.test(path)) this.#isEnabled = true;
    if (!isInBoot(path)) return;
    const { typeFlag } = member.header;
    if (typeFlag === '2') this.#links.set(path, memberTarget(member));
    const sum = typeFlag === '1' ? this.#sums.get(pathOf(memberTarget(member))) : undefined;
    if (sum !== undefined) this.#sums.set(path, sum);
  }

  /** The content of a file on its way. */
  async *watch(path: string, member: StreamMember): AsyncGenerator<Uint8Array> {
    if (path === AGENT) this.#agent.isExecutable = (member.header.mode & 0o100) !== 0;
    const sum = isInBoot(path) && holdsContent(member) ? createHash('sha256') : null;
    for await (const chunk of member.content) {
      sum?.update(chunk);
      if (path === AGENT) this.#keepHead(chunk);
      yield chunk;
    }
    if (sum !== null) this.#sums.set(path, sum.digest('hex'));
  }

  /** @throws KubeosError REFUSED for a root file system that could not be booted, or would leave the node without its agent */
  bootPair(arch: Manifest['arch']): BootPair {
    this.#assertAgent(arch);
    return {
      kernel: this.#only('kernel', ['/boot/vmlinuz'], /^\/boot\/vmlinuz-(?!.*rescue)/),
      initramfs: this.#only(
        'initramfs',
        ['/boot/initramfs.img', '/boot/initrd.img'],
        /^\/boot\/(?:initramfs-(?!.*(?:kdump|rescue)).*\.img|initrd\.img-.*)$/,
      ),
    };
  }

  #assertAgent(arch: Manifest['arch']): void {
    const { head, filled, isExecutable } = this.#agent;
    if (filled === 0 || !isExecutable || !this.#isEnabled) {
      throw new KubeosError('REFUSED', `the tar has no ${AGENT} with its unit enabled`, {
        hint: 'put the agent and its units in: without them a node could be neither committed, nor upgraded, nor rolled back',
      });
    }
    const isElf = head.subarray(0, 4).equals(ELF);
    if (isElf && head.readUInt16LE(18) === MACHINE[arch]) return;
    throw new KubeosError('REFUSED', `${AGENT} in the tar is no program for ${arch}`, {
      hint: 'name an image that was built for this machine',
    });
  }

  #keepHead(chunk: Uint8Array): void {
    const { head, filled } = this.#agent;
    const part = chunk.subarray(0, head.length - filled);
    head.set(part, filled);
    this.#agent.filled += part.length;
  }

  /** By its fixed name, or the only one with a version in its name. */
  #only(what: string, fixed: readonly string[], versioned: RegExp): SummedFile {
    const named = fixed.map((path) => this.#resolved(path)).find((path) => this.#sums.has(path));
    const candidates =
      named === undefined ? [...this.#sums.keys()].filter((path) => versioned.test(path)) : [named];
    const [path, other] = candidates;
    const sha256 = path === undefined ? undefined : this.#sums.get(path);
    if (path !== undefined && sha256 !== undefined && other === undefined) return { path, sha256 };
    const found = candidates.length === 0 ? 'none' : candidates.join(', ');
    throw new KubeosError('REFUSED', `the tar has no single ${what} in /boot: ${found}`, {
      hint: `name it ${fixed[0]}`,
    });
  }

  /** What a link leads to, once; only files in /boot have a sum. */
  #resolved(path: string): string {
    return posix.resolve('/boot', this.#links.get(path) ?? path);
  }
}

const pathOf = (name: ByteString): string => `/${entryPath(name.replace(/^\/+/, './')).join('/')}`;

const isInBoot = (path: string): boolean => /^\/boot\/[^/]+$/.test(path);
