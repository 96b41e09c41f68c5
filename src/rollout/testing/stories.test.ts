import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import test from 'ava';
import { load } from 'js-yaml';
import { storySchema, tellStory } from './story.ts';

// UPDATE_FIXTURES=1 writes what happens now; a person then reads the difference.
const folder = fileURLToPath(new URL('../../../fixtures/rollouts', import.meta.url));

for (const name of readdirSync(folder).toSorted()) {
  const file = path.join(folder, name);
  const text = readFileSync(file, 'utf8');
  const story = storySchema.parse(load(text));
  test(story.story, async (t) => {
    const log = tellStory(story);
    if (process.env['UPDATE_FIXTURES'] === '1') {
      const [given = ''] = text.split(/^log:/m);
      const lines = log.trimEnd().split('\n');
      await writeFile(file, `${given}log: |2\n${lines.map((line) => `  ${line}\n`).join('')}`);
    } else {
      t.is(story.log, log);
    }
    t.pass();
  });
}
