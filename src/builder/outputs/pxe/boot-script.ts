import { MIB } from '../../../disk/layout.ts';

/** Where the initramfs finds the root image: the archive beside it puts it there. */
export const ROOT_IMAGE_PATH = '/root.img';

export interface NetworkBoot {
  readonly name: string;
  readonly version: string;
  readonly kernelArguments: readonly string[];
  readonly verity: { readonly rootHash: string; readonly hashOffset: number } | null;
  /** Bytes. */
  readonly rootImageBytes: number;
}

/** boot.ipxe from its template. */
export function bootScript(template: string, boot: NetworkBoot): string {
  const { rootHash, hashOffset } = boot.verity ?? {};
  const values = new Map([
    ['TITLE', `${boot.name} ${boot.version}`],
    ['MEMORY_MIB', String(Math.ceil((2 * boot.rootImageBytes) / MIB))],
    [
      'ARGUMENTS',
      [
        `kubeos.root=${ROOT_IMAGE_PATH}`,
        ...(rootHash === undefined ? [] : [`kubeos.verity=${rootHash},${hashOffset}`]),
        // Nobody is there to restart it: as templates/grub.cfg, what is written later may change it.
        'panic=30',
        ...boot.kernelArguments,
      ].join(' '),
    ],
  ]);
  return template.replaceAll(/@([A-Z_]+)@/g, (mark, name: string) => values.get(name) ?? mark);
}
