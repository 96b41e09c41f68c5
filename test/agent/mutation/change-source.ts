import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

// Loaded before anything else (`node --import`): takes one line out of one module, as KUBEOS_MUTANT says.
const { file, find, replace } = JSON.parse(process.env['KUBEOS_MUTANT'] ?? '{}') as {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
};

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(`/${file}`)) return nextLoad(url, context);
    const source = readFileSync(fileURLToPath(url), 'utf8');
    if (source.split(find).length !== 2) throw new Error(`${file} does not have it once: ${find}`);
    const changed = source.replace(find, () => replace);
    return { format: 'module-typescript', source: changed, shortCircuit: true };
  },
});
