import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { assertCanBoot } from '../../builder/boot/assert-can-boot.ts';
import { identifyDisk } from '../../builder/boot/identify-disk.ts';
import { FIRMWARE, planQemu } from '../../builder/boot/plan-qemu.ts';
import { probeAccelerator } from '../../builder/boot/probe-accelerator.ts';
import { readCredentials } from '../../builder/boot/read-credentials.ts';
import { runQemuHere, runQemuUntilLogin } from '../../builder/boot/run-qemu.ts';
import { writeOemStrings } from '../../builder/boot/write-oem-strings.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

/** A day: timers of Node end at 2^31 milliseconds. */
const LONGEST_TIMEOUT_MINUTES = 24 * 60;

const argumentsSchema = z.object({
  image: z.string(),
  firmware: z.enum(['uefi', 'bios']),
  memory: z.int().min(128),
  sshPort: z.int().min(1).max(65535).optional(),
  persist: z.boolean(),
  untilLogin: z.boolean(),
  credential: z.array(z.string()).default([]),
  timeout: z.number().positive().max(LONGEST_TIMEOUT_MINUTES),
});

/** `kubeos boot`: the image in a virtual machine, its console here. */
export const runBootCommand: CommandRun = async (args, { signal, stdout, stderr }) => {
  const options = readArguments(argumentsSchema, args);
  const commands = hostCommands({ signal });
  const credentials = await readCredentials(options.credential);
  const { arch, format } = await identifyDisk(options.image, commands);
  await assertCanBoot({ arch, firmware: options.firmware });
  await using directory = await openScratch(tmpdir());
  const variables = path.join(directory.path, 'variables.fd');
  if (options.firmware === 'uefi') await copyFile(FIRMWARE[arch].variables, variables);
  const accelerator = await probeAccelerator(arch, signal);
  const command = planQemu({
    image: path.resolve(options.image),
    format,
    arch,
    firmware: options.firmware,
    accelerator,
    memoryMiB: options.memory,
    variables,
    oemStrings: await writeOemStrings(credentials, directory.path),
    isPersistent: options.persist,
    ...(options.sshPort === undefined ? {} : { sshPort: options.sshPort }),
  });
  const speed = accelerator === 'kvm' ? 'with KVM' : 'without KVM: slower, a minute or two';
  stderr.write(`Booting ${options.image} for ${arch} under ${options.firmware} ${speed}\n`);
  if (options.untilLogin) {
    const timeoutMs = options.timeout * 60_000;
    await runQemuUntilLogin(command, { output: stdout, timeoutMs, signal });
    stdout.write('\n');
    stderr.write('The login prompt is reached; the machine is stopped\n');
  } else {
    stderr.write('Leave with Ctrl-A X\n');
    await runQemuHere(command, signal);
  }
  return 0;
};
