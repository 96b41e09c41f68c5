import test from 'ava';
import { partArguments } from './machine-arguments.ts';

const serialOf = (log?: string): readonly string[] => {
  const options = { firmware: 'bios', ...(log === undefined ? {} : { log }) } as const;
  const all = partArguments(options, '/m');
  return all.slice(all.indexOf('-no-reboot') + 1, all.indexOf('-monitor'));
};

test('what a machine writes to its serial port is read here, and is in a file where one is named', (t) => {
  t.deepEqual(serialOf(), ['-serial', 'stdio']);
  const chardev = ['-chardev', 'stdio,id=serial,logfile=/a,,b/node-1.log'];
  t.deepEqual(serialOf('/a,b/node-1.log'), [...chardev, '-serial', 'chardev:serial']);
});
