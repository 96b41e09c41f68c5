import { z } from 'zod';
import { observeFiles, observeHost, observeTools } from '../../builder/host-check/check-host.ts';
import { bootNeeds, INSPECT_TOOLS } from '../../builder/host-check/image-tools.ts';
import type { HostFact } from '../../builder/host-check/host-fact.ts';
import {
  furtherTools,
  requirementsOf,
  STRIP,
  type RequiredTool,
} from '../../builder/host-check/required-tools.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({ arch: z.enum(['amd64', 'arm64']), json: z.boolean() });

/** `kubeos doctor`: all that builds of every kind, and what looks into images, may need; what only some need is no reason to fail. */
export const runDoctorCommand: CommandRun = async (args, { signal, stdout }) => {
  const options = readArguments(argumentsSchema, args);
  const usual = usualNeeds(options.arch);
  const requirements = requirementsOf(usual);
  const commands = hostCommands({ signal });
  const facts: readonly Fact[] = [
    ...(await observeHost({ requirements, spaces: [], commands })),
    ...(await observeFurther(options.arch, furtherTools(requirements, usual))).map(asOptional),
  ];
  stdout.write(
    options.json
      ? `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind: 'HostFacts', facts })}\n`
      : table(facts),
  );
  return facts.some((fact) => fact.remedy !== null && fact.isOptional !== true) ? 4 : 0;
};

async function observeFurther(
  arch: 'amd64' | 'arm64',
  ofBuilds: readonly RequiredTool[],
): Promise<readonly HostFact[]> {
  const boot = bootNeeds(arch);
  return [
    ...(await observeTools([...ofBuilds, STRIP, ...INSPECT_TOOLS, boot.tool])),
    ...(await observeFiles([boot.file])),
  ];
}

/** What most definitions ask for. */
function usualNeeds(arch: 'amd64' | 'arm64') {
  return {
    arch,
    firmware: arch === 'amd64' ? ['uefi', 'bios'] : ['uefi'],
    outputs: ['raw', 'qcow2', 'vmdk', 'vhd', 'pxe', 'oci'],
    root: { fileSystem: 'ext4', verity: true },
    base: { type: 'apt' },
    scripts: ['any'],
  } satisfies Parameters<typeof requirementsOf>[0];
}

/** Of what only some definitions need; without it the host is ready for the others. */
interface Fact extends HostFact {
  readonly isOptional?: boolean;
}

const asOptional = (fact: HostFact): Fact => ({ ...fact, isOptional: true });

function table(facts: readonly Fact[]): string {
  const width = Math.max(...facts.map(({ subject }) => subject.length));
  return facts
    .map(({ subject, found, purpose, remedy, isOptional }) => {
      const missing = isOptional === true ? 'missing' : 'MISSING';
      const mark = remedy === null ? 'ok     ' : missing;
      const next = remedy === null ? '' : `\n${' '.repeat(10)}→ ${remedy}`;
      return `${mark} ${subject.padEnd(width)}  ${found}  (${isOptional === true ? 'only for ' : ''}${purpose})${next}\n`;
    })
    .join('');
}
