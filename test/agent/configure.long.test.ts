import test from 'ava';
import { parseNodeArguments } from '../../src/disk/node-arguments.ts';
import { readBootFile } from '../boot/disk-surgery.ts';
import { bootGuest, type Guest } from '../boot/testbed.ts';
import { agent, restart, startAgentScene, untilGood } from './agent-scene.ts';

const FILES =
  '/etc/sysctl.d/99-zz-kubeos.conf /etc/security/limits.d/99-zz-kubeos.conf /var/lib/kubelet/config.yaml';

const KUBELET = [
  '# mine',
  'apiVersion: kubelet.config.k8s.io/v1beta1',
  'kind: KubeletConfiguration',
];

interface Wanted {
  readonly swappiness: number;
  readonly maxPods: number;
  readonly more?: readonly object[];
}

const modelsOf = ({ swappiness, maxPods, more = [] }: Wanted): string =>
  JSON.stringify({
    models: [
      { model: 'kernel.sysctl.persist', contents: [{ key: 'vm.swappiness', value: swappiness }] },
      {
        model: 'kernel.sysctl',
        contents: [{ key: 'net.ipv4.tcp_rmem', value: '4096 131072 5000000' }],
      },
      { model: 'pam.limits', contents: [{ key: '*', value: 'soft.nofile.65536' }] },
      { model: 'kubernetes.kubelet', contents: [{ key: 'maxPods', value: maxPods }] },
      { model: 'grub.cmdline.current', contents: [{ key: 'kubeos_test_x', value: 1 }] },
      ...more,
    ],
  });

async function configure({ shell }: Guest, wanted: Wanted, option = '') {
  await shell.run(`printf %s '${modelsOf(wanted)}' > /run/settings.json`);
  return await shell.run(`kubeos-agent configure /run/settings.json ${option}`);
}

/** What is in the files, the running kernel and the running process of kubelet. */
async function stateOf({ shell }: Guest): Promise<string> {
  const { output } = await shell.run(
    `cd /; for f in ${FILES}; do echo "$f"; cat "$f"; done; cat /proc/sys/vm/swappiness; ` +
      'ls -A /etc/sysctl.d /etc/security/limits.d /var/lib/kubelet /persist/kubeos/configure',
  );
  return output;
}

const pidOf = async ({ shell }: Guest): Promise<string> =>
  (await shell.run('systemctl show --property MainPID --value kubelet')).output;

test('settings last over a power cut and an upgrade; what kernel, kubelet or policy refuses leaves all as it was', async (t) => {
  await using scene = await startAgentScene();
  const definition = 'configured.yaml';
  await scene.release('1.0.0', { definition });
  await scene.release('2.0.0', { definition, set: ['sysctl.vm.swappiness=8'] });
  const disk = scene.disk('1.0.0');
  let configured = '';
  {
    await using guest = await bootGuest(disk, 'uefi', { network: true });
    const { shell } = guest;
    await agent(guest, 'status');
    const lines = KUBELET.map((line) => `echo '${line}'`).join('; ');
    await shell.run(`mkdir -p /var/lib/kubelet; { ${lines}; } > /var/lib/kubelet/config.yaml`);
    t.is((await shell.run('systemctl start kubelet')).exitCode, 0);
    const first = await pidOf(guest);
    const good = { swappiness: 10, maxPods: 64 };
    const dry = await configure(guest, good, '--dry-run');
    t.regex(dry.output, /running kernel {2}kernel\.sysctl\.persist {2}vm\.swappiness: 7 -> 10/);
    t.is((await shell.run('cat /proc/sys/vm/swappiness')).output, '7');
    const done = await configure(guest, good);
    t.is(done.exitCode, 0, done.output);
    t.not(await pidOf(guest), first);
    configured = await stateOf(guest);
    t.regex(
      configured,
      /vm\.swappiness = 10\n[^]*\*\tsoft\tnofile\t65536\n[^]*# mine\n[^]*\nmaxPods: 64\n10\n/,
    );
    t.is((await configure(guest, good)).output, 'nothing to change');

    const byKernel = await configure(guest, { swappiness: 201, maxPods: 65 });
    t.is(byKernel.exitCode, 3, byKernel.output);
    t.regex(byKernel.output, /the kernel does not take 201 for vm\.swappiness \(EINVAL\)/);
    t.is(await stateOf(guest), configured);
    const byKubelet = await configure(guest, { swappiness: 11, maxPods: 9999 });
    t.is(byKubelet.exitCode, 5, byKubelet.output);
    t.is(await stateOf(guest), configured);
    const hostile = {
      model: 'kernel.sysctl',
      contents: [{ key: 'kernel.core_pattern', value: '|/x' }],
    };
    const byRule = await configure(guest, { swappiness: 12, maxPods: 66, more: [hostile] });
    t.regex(byRule.output, /no policy may allow it/);
    t.is(await stateOf(guest), configured);
    t.is(
      (await shell.run('systemctl is-active kubelet; systemctl --failed --no-legend')).output,
      'active',
    );
    t.log(
      (await shell.run('systemd-analyze security --no-pager kubeos-configure@x | tail -n 1'))
        .output,
    );

    // kubelet never starts with this one: power goes while it is waited for, with all files and the kernel changed.
    await shell.run(
      `printf %s '${modelsOf({ swappiness: 13, maxPods: 7777 })}' > /run/settings.json`,
    );
    await shell.run('kubeos-agent configure /run/settings.json >/dev/null 2>&1 &');
    await shell.run('until grep -q 13 /proc/sys/vm/swappiness; do sleep 0.2; done; sync');
    t.regex(await stateOf(guest), /maxPods: 7777\n13\n[^]*\.config\.yaml\.kubeos-old/);
  }
  {
    await using guest = await bootGuest(disk, 'uefi', { network: true });
    await agent(guest, 'status');
    t.is(await stateOf(guest), configured);
    const { output } = await guest.shell.run(
      'journalctl --boot --unit kubeos-configure-revert --output cat',
    );
    t.regex(output, /was taken back/);
    t.regex(
      (await guest.shell.run('cat /proc/cmdline')).output,
      / kubeos_test_x=1 kubeos\.arguments=trial .*kubeos\.trial$/,
    );
    const said = 'journalctl --boot --unit kubeos-agent --output cat';
    await guest.shell.run(`until ${said} | grep -q 'healthy: committed'; do sleep 0.5; done`);
    await agent(guest, 'prepare 2.0.0');
    await agent(guest, 'activate');
    await restart(guest);
  }
  await using guest = await bootGuest(disk, 'uefi', { network: true });
  t.regex(await untilGood(guest), /^slot B runs {2}2\.0\.0 {2}good/);
  t.is(await stateOf(guest), configured);
  await guest.powerOff();
  const { A } = parseNodeArguments(await readBootFile(disk, 'kubeos/nodeargs'));
  t.deepEqual(A, { words: ['kubeos_test_x=1'], left: 'ok' });
});
