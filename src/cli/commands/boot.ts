import { copyFile, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { FIRMWARE, planQemu } from '../../builder/boot/plan-qemu.ts';
import { probeAccelerator } from '../../builder/boot/probe-accelerator.ts';
import { runQemuHere, runQemuUntilLogin } from '../../builder/boot/run-qemu.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';

const argumentsSchema = z.object({
  image: z.string(),
  arch: z.enum(['amd64', 'arm64']),
  firmware: z.enum(['uefi', 'bios']),
  memory: z.int().min(128),
  sshPort: z.int().min(1).max(65535).optional(),
  persist: z.boolean(),
  untilLogin: z.boolean(),
});

/** `kubeos boot`: the image in a virtual machine, its console here. */
export const runBootCommand: CommandRun = async (args, { signal, stdout, stderr }) => {
  const options = argumentsSchema.parse(args);
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-boot-'));
  const variables = path.join(directory.path, 'variables.fd');
  if (options.firmware === 'uefi') await copyFile(FIRMWARE[options.arch].variables, variables);
  const accelerator = await probeAccelerator(options.arch, hostCommands({ signal }));
  const command = planQemu({
    image: path.resolve(options.image),
    format: options.image.endsWith('.qcow2') ? 'qcow2' : 'raw',
    arch: options.arch,
    firmware: options.firmware,
    accelerator,
    memoryMiB: options.memory,
    variables,
    isPersistent: options.persist,
    ...(options.sshPort === undefined ? {} : { sshPort: options.sshPort }),
  });
  const speed = accelerator === 'kvm' ? 'with KVM' : 'without KVM: slower, a minute or two';
  stderr.write(`Booting ${options.image} under ${options.firmware} ${speed}\n`);
  if (options.untilLogin) {
    await runQemuUntilLogin(command, stdout, signal);
    stdout.write('\n');
    stderr.write('The login prompt is reached; the machine is stopped\n');
  } else {
    stderr.write('Leave with Ctrl-A X\n');
    await runQemuHere(command, signal);
  }
  return 0;
};
