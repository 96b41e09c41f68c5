import { access } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { locateTool } from '../../host/run-commands.ts';
import { bootNeeds } from '../host-check/image-tools.ts';
import { installCommand } from '../host-check/install-command.ts';
import { FIRMWARE, QEMU, type QemuRequest } from './plan-qemu.ts';

/** @throws KubeosError USAGE for what no machine has, HOST_NOT_READY when QEMU or the firmware is missing */
export async function assertCanBoot({
  arch,
  firmware,
}: Pick<QemuRequest, 'arch' | 'firmware'>): Promise<void> {
  if (arch === 'arm64' && firmware === 'bios') {
    throw new KubeosError('USAGE', 'the image is for arm64, whose machines have no BIOS', {
      hint: 'leave --firmware out',
    });
  }
  const { code, variables } = FIRMWARE[arch];
  const files = firmware === 'uefi' ? [code, variables] : [];
  try {
    await locateTool(QEMU[arch]);
    await Promise.all(files.map(async (file) => await access(file)));
  } catch (cause) {
    const { tool, file } = bootNeeds(arch);
    const install = await installCommand();
    throw new KubeosError('HOST_NOT_READY', `this host has no QEMU with firmware for ${arch}`, {
      cause,
      hint: install({ deb: `${tool.deb} ${file.deb}`, rpm: `${tool.rpm} ${file.rpm}` }),
    });
  }
}
