import { outcomeOf } from '../../src/agent/configure/run-configuration.ts';
import { configureOrderSchema } from '../../src/agent/configure/settings.ts';
import { partsOf } from '../../src/agent/configure/testing/test-host.ts';
import { recover } from '../../src/agent/configure/transaction.ts';

// Configures a folder that stands for a node, to be killed: `node test/agent/configure-once.ts FOLDER configure|recover`.
const [directory = '', verb = ''] = process.argv.slice(2);
const parts = partsOf(directory);

const MODELS = [
  { model: 'kernel.sysctl.persist', contents: [{ key: 'vm.swappiness', value: 10 }] },
  { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 64 }] },
  { model: 'container.containerd', contents: [{ key: 'oom_score', value: -999 }] },
  { model: 'pam.limits', contents: [{ key: '*', value: 'hard.nofile.65536' }] },
];

if (verb === 'recover') await recover(parts.host);
else await outcomeOf(configureOrderSchema.parse({ models: MODELS }), parts);
