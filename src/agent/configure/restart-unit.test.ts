import test from 'ava';
import type { CommandReader } from '../command-runner.ts';
import { isUnitActive, restartUnit } from './restart-unit.ts';

interface Story {
  readonly restartCode?: number;
  /** What systemd shows, look by look. */
  readonly states?: readonly string[];
  /** What kubelet says, look by look. */
  readonly kubelet?: readonly string[];
}

const UP = 'ActiveState=active\nMainPID=7\n';

/** systemd as a story, because a unit that fails in a certain second is hard to have. */
async function run(unit: string, story: Story): Promise<string[]> {
  const { restartCode = 0, states = [UP], kubelet = ['ok'] } = story;
  const asked: string[] = [];
  let [shown, heard] = [0, 0];
  const answers: Readonly<Record<string, () => { exitCode: number; stdout: string }>> = {
    'reset-failed': () => ({ exitCode: 0, stdout: '' }),
    restart: () => ({ exitCode: restartCode, stdout: '' }),
    show: () => ({ exitCode: 0, stdout: states[Math.min(shown++, states.length - 1)] ?? '' }),
  };
  const read: CommandReader = async (_, [verb = '']) => {
    if (verb !== 'show') asked.push(verb);
    return await Promise.resolve(answers[verb]?.() ?? { exitCode: 1, stdout: '' });
  };
  const askKubelet = async (): Promise<string> =>
    await Promise.resolve(kubelet[Math.min(heard++, kubelet.length - 1)] ?? '');
  await restartUnit(unit, { read, askKubelet, wait: async () => await Promise.resolve() });
  return asked;
}

test('a unit that runs is restarted, and has to stay up', async (t) => {
  t.deepEqual(await run('containerd.service', {}), ['reset-failed', 'restart']);
  await t.throwsAsync(run('containerd.service', { restartCode: 1 }), { message: /does not start/ });
  for (const state of ['ActiveState=active\nMainPID=8\n', 'ActiveState=activating\nMainPID=0\n']) {
    const dying = run('containerd.service', { states: [UP, UP, state] });
    await t.throwsAsync(dying, { code: 'COMMAND_FAILED', message: /does not stay up/ });
  }
});

test('what systemd says of a unit tells whether it runs', async (t) => {
  for (const [stdout, isActive] of [
    ['active\n', true],
    ['inactive\n', false],
    ['activating\n', false],
    ['', false],
  ] as const) {
    const read = async () => await Promise.resolve({ exitCode: 0, stdout });
    t.is(await isUnitActive('kubelet.service', { read }), isActive);
  }
});

test('kubelet has to answer again where it did before', async (t) => {
  await t.notThrowsAsync(run('kubelet.service', { kubelet: ['ok', 'refused', 'refused', 'ok'] }));
  const silent = run('kubelet.service', { kubelet: ['ok', 'refused'] });
  await t.throwsAsync(silent, { code: 'COMMAND_FAILED', message: /does not answer any more/ });
  await t.notThrowsAsync(run('kubelet.service', { kubelet: ['refused'] }));
});
