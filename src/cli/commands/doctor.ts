import { z } from 'zod';
import { observeHost } from '../../builder/host-check/check-host.ts';
import type { HostFact } from '../../builder/host-check/host-fact.ts';
import { requirementsOf } from '../../builder/host-check/required-tools.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ arch: z.enum(['amd64', 'arm64']), json: z.boolean() });

/** `kubeos doctor`: all that builds of every kind may need on this host. */
export const runDoctorCommand: CommandRun = async (args, { signal, stdout }) => {
  const options = readArguments(argumentsSchema, args);
  const requirements = requirementsOf({
    arch: options.arch,
    firmware: options.arch === 'amd64' ? ['uefi', 'bios'] : ['uefi'],
    outputs: ['raw', 'qcow2', 'vmdk', 'vhd', 'pxe', 'oci'],
    root: { fileSystem: 'ext4', verity: true },
    base: { type: 'apt' },
    scripts: ['any'],
  });
  const facts = await observeHost({
    requirements,
    space: null,
    commands: hostCommands({ signal }),
  });
  stdout.write(
    options.json
      ? `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind: 'HostFacts', facts })}\n`
      : table(facts),
  );
  return facts.some((fact) => fact.remedy !== null) ? 4 : 0;
};

function table(facts: readonly HostFact[]): string {
  const width = Math.max(...facts.map(({ subject }) => subject.length));
  return facts
    .map(({ subject, found, purpose, remedy }) => {
      const mark = remedy === null ? 'ok     ' : 'MISSING';
      const next = remedy === null ? '' : `\n${' '.repeat(10)}→ ${remedy}`;
      return `${mark} ${subject.padEnd(width)}  ${found}  (${purpose})${next}\n`;
    })
    .join('');
}
