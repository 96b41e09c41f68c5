import { isOwnArgument } from '../../../configuration/kernel-arguments.ts';
import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';

/** Arguments that mean something each time that they are written. */
const REPEATABLE = new Set([
  ...[
    'console',
    'earlycon',
    'crashkernel',
    'hugepages',
    'hugepagesz',
    'memmap',
    'ip',
    'nameserver',
  ],
  ...['acpi_osi', 'modprobe.blacklist', 'systemd.setenv', 'systemd.mask', 'systemd.wants'],
]);

/** x86 and arm64 kernels keep 2047 characters of the command line; grub.cfg adds up to 340 of its own, a node up to 310. */
const LONGEST = 1390;

/** Arguments that contradict each other or what kubeos writes itself. */
export function checkKernelArguments(definition: CheckableDefinition): DefinitionFault[] {
  const written = definition.kernelArguments;
  return [
    ...written.flatMap(ownFaults),
    ...written.flatMap((argument, index) => conflictFaults(written, argument, index)),
    ...lengthFaults(written),
  ];
}

function ownFaults(argument: string, index: number): DefinitionFault[] {
  if (!isOwnArgument(nameOf(argument))) return [];
  return [
    {
      path: ['kernelArguments', index],
      message: `${quoted(argument)} is decided by kubeos, for each slot and each trial boot`,
      suggestion: 'remove it',
    },
  ];
}

function conflictFaults(
  written: readonly string[],
  argument: string,
  index: number,
): DefinitionFault[] {
  const name = nameOf(argument);
  if (REPEATABLE.has(name)) return [];
  const first = written.findIndex((other) => normalName(other) === normalName(argument));
  const other = written[first];
  if (other === undefined || other === argument || first >= index) return [];
  return [
    {
      path: ['kernelArguments', index],
      message: `${quoted(argument)} contradicts ${quoted(other)}`,
      other: { path: ['kernelArguments', first], what: 'written at' },
      suggestion: 'keep one of the two',
    },
  ];
}

function lengthFaults(written: readonly string[]): DefinitionFault[] {
  const { length } = written.join(' ');
  if (length <= LONGEST) return [];
  return [
    {
      path: ['kernelArguments'],
      at: 'key',
      message: `the arguments are ${length} characters long`,
      expected: `${LONGEST} or less: the kernel keeps 2047, and kubeos and a node add up to 650`,
    },
  ];
}

function nameOf(argument: string): string {
  return argument.split('=', 1)[0] ?? argument;
}

function normalName(argument: string): string {
  return nameOf(argument).replaceAll('_', '-');
}
