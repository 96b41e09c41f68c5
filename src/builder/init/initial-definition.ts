import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A file for `kubeos init` to write. */
export interface InitialFile {
  readonly name: string;
  readonly text: string;
}

/** The commented definition that a new image starts from, and the schema that its first line names for editors. */
export async function initialDefinition(): Promise<readonly InitialFile[]> {
  return [
    { name: 'kubeos.yaml', text: await templateText('kubeos.yaml') },
    { name: 'kubeos.schema.json', text: await templateText('image-definition.schema.json') },
  ];
}

async function templateText(name: string): Promise<string> {
  return await readFile(fileURLToPath(import.meta.resolve(`#templates/${name}`)), 'utf8');
}
