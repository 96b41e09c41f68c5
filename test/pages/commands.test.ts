import test from 'ava';
import { parseArguments } from '../../src/agent/cli/parse-arguments.ts';
import { COMMANDS } from '../../src/agent/cli/command-table.ts';
import { calledCommands, type Called } from './called-commands.ts';
import { judgeKubeos } from './judge-kubeos.ts';
import { readPages } from './page.ts';

/** Commands that docs/contracts.md section 9 plans. */
const PLANNED = new Set(['why', 'support']);

const isPlanned = ({ place, words }: Called): boolean =>
  place.startsWith('docs/contracts.md') && PLANNED.has(words[0] ?? '');

/** By the parser of the agent itself; alternatives such as `status|prepare` are looked at one by one. */
function judgeAgent(words: readonly string[]): readonly string[] {
  const [first = '', ...rest] = words.filter((word) => !/^[…[\]]+$/.test(word));
  const names = first.split('|').filter((name) => name !== '…');
  return names.flatMap((name) => {
    // A group of units, of which a page names the first word.
    if (Object.keys(COMMANDS).some((command) => command === name) && rest.length === 0) return [];
    try {
      parseArguments([name, ...rest]);
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : 'it is not parsed';
      // Prose may name an option without a value.
      return message.includes('argument missing') ? [] : [message];
    }
  });
}

test('every command in every page exists, with its options and as many words', async (t) => {
  const called = (await readPages()).flatMap(calledCommands);
  const faults = called
    .filter((one) => !isPlanned(one))
    .flatMap(({ place, program, words }) =>
      (program === 'kubeos' ? judgeKubeos(words) : judgeAgent(words)).map(
        (fault) => `${place}: ${fault} (${program} ${words.join(' ')})`,
      ),
    );
  t.deepEqual(faults, []);
  t.true(called.length > 400, `${called.length} commands`);
});

for (const [line, fault] of [
  ['build --lokced', 'kubeos build has no --lokced'],
  ['rollout begin fleet', 'there is no kubeos rollout begin'],
  ['rollout start fleet --via carrier', '--via takes no carrier'],
  ['boot out/disk.raw out/other.raw', 'kubeos boot has no use for out/other.raw'],
] as const) {
  test(`such a command is found out: kubeos ${line}`, (t) => {
    const page = { file: 'x.md', text: `\`\`\`sh\nkubeos ${line} && true   # why not\n\`\`\`\n` };
    t.deepEqual(
      calledCommands(page).flatMap(({ words }) => judgeKubeos(words)),
      [fault],
    );
  });
}

test('a command that goes on after a backslash is one, and quotes hold words together', (t) => {
  const text =
    "`kubeos build --set 'outputs=[raw, qcow2]'`\n```sh\nkubeos serve x \\\n  --listen :1 | cat\n```\n";
  const words = calledCommands({ file: 'x.md', text }).map((one) => one.words);
  t.deepEqual(words, [
    ['serve', 'x', '--listen', ':1'],
    ['build', '--set', 'outputs=[raw, qcow2]'],
  ]);
});
