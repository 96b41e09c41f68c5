import test from 'ava';
import { blankSecrets } from './blank-secrets.ts';

const blanked = test.macro({
  exec(t, line: string, expected: string) {
    t.is(blankSecrets(line), expected);
  },
  title: (_, line) => String(line).trim(),
});

test(blanked, '    password: hunter2', '    password: ********');
test(blanked, '    "password": "hunter, 2"', '    "password": ********');
test(blanked, '  - {name: a, passwd: hunter 2, uid: 1}', '  - {name: a, passwd: ********, uid: 1}');
test(blanked, "    passwordHash: '$6$salt$hash'", '    passwordHash: ********');
test(blanked, '--set users.0.password=hunter2', '--set users.0.password=********');
test(
  blanked,
  '- uri: https://me:hunter2@mirror.example/debian',
  '- uri: https://********@mirror.example/debian',
);
test(blanked, '- image: r.example/a@sha256:0', '- image: r.example/a@sha256:0');
test(blanked, '  - passwd', '  - passwd');
test(blanked, '    path: /etc/passwd', '    path: /etc/passwd');
