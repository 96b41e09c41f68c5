import { configureOrderSchema } from '../../src/agent/configure/settings.ts';

/** Each model that changes a file, for programs that tests start. */
export const ORDER = configureOrderSchema.parse({
  models: [
    { model: 'kernel.sysctl.persist', contents: [{ key: 'vm.swappiness', value: 10 }] },
    { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: 64 }] },
    { model: 'container.containerd', contents: [{ key: 'oom_score', value: -999 }] },
    { model: 'grub.cmdline.current', contents: [{ key: 'nosmt', value: '' }] },
    { model: 'pam.limits', contents: [{ key: '*', value: 'hard.nofile.65536' }] },
  ],
});
