import { KubeosError } from '../errors.ts';
import type { Oversight } from './oversight.ts';
import type { QemuMachine } from './qemu/start-qemu.ts';

const LAST_CHARACTERS = 2000;

type Ending = Pick<QemuMachine, 'exited' | 'serial'>;

interface Watched extends Pick<Oversight, 'onDeath'> {
  readonly name: string;
  readonly log: string;
}

/** Tells of a machine that ends, until it is disposed of, which is before the machine is: that end is meant. */
export function tellEnd(machine: Ending, { name, log, onDeath }: Watched): Disposable {
  let isWanted = true;
  const tell = async (): Promise<void> => {
    const exitCode = await machine.exited;
    if (!isWanted) return;
    const isKilled = exitCode === null;
    const how = isKilled ? 'killed' : `exit code ${exitCode}`;
    const said = machine.serial().slice(-LAST_CHARACTERS);
    const message = `the machine ${name} has ended (${how}):\n${said}`;
    const more = isKilled ? '; `dmesg` says whether memory ran out' : '';
    const hint = `its whole console is in ${log}${more}`;
    onDeath(new KubeosError('COMMAND_FAILED', message, { hint }));
  };
  void tell();
  return { [Symbol.dispose]: () => (isWanted = false) };
}
