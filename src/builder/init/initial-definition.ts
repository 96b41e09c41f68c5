import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Name of the file that the first line of a definition tells editors to look for beside it. */
export const EDITOR_SCHEMA_FILE = 'kubeos.schema.json';

/** The commented definition that a new image starts from; it loads as it is. */
export async function initialDefinition(): Promise<string> {
  return await templateText('kubeos.yaml');
}

/** The JSON Schema for `EDITOR_SCHEMA_FILE`. */
export async function editorSchema(): Promise<string> {
  return await templateText('image-definition.schema.json');
}

async function templateText(name: string): Promise<string> {
  return await readFile(fileURLToPath(import.meta.resolve(`#templates/${name}`)), 'utf8');
}
