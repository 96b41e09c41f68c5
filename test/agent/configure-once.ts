import { outcomeOf } from '../../src/agent/configure/run-configuration.ts';
import { partsOf } from '../../src/agent/configure/testing/test-host.ts';
import { recover } from '../../src/agent/configure/transaction.ts';
import { ORDER } from './configure-order.ts';

// Configures a folder that stands for a node, to be killed: `node test/agent/configure-once.ts FOLDER configure|recover`.
const [directory = '', verb = ''] = process.argv.slice(2);
const parts = partsOf(directory);

if (verb === 'recover') await recover(parts.host);
else await outcomeOf(ORDER, parts);
