import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { REFERENCE_PAGES } from './reference/pages.ts';

// Writes docs/reference/ from the definition's schema and the command table: `node tools/write-reference.ts`.
const root = fileURLToPath(new URL('..', import.meta.url));

for (const [file, page] of REFERENCE_PAGES) {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), page());
}
