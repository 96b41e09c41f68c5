import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** zod brings its words in fifty languages, a quarter of the whole bundle; ours are English. */
export const ONE_LOCALE: Plugin = {
  name: 'one-locale',
  setup(bundling) {
    bundling.onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => {
      return { contents: "export { default as en } from './en.js';" };
    });
  },
};

/** Everything that the node agent is made of, in one file. @returns the files that went in */
export async function bundleAgent(outfile: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...{ absWorkingDir: fileURLToPath(new URL('..', import.meta.url)), outfile },
    entryPoints: ['bin/kubeos-agent.ts'],
    // A CommonJS entry takes 13 MB less memory than a module.
    ...{ bundle: true, platform: 'node', format: 'cjs', target: 'node26' },
    ...{ legalComments: 'none', metafile: true, plugins: [ONE_LOCALE] },
    // V8 keeps the text, in two bytes for each letter where one of them is not of Latin 1. Names stay, for stack traces.
    ...{ minifyWhitespace: true, lineLimit: 160 },
  });
  return Object.keys(metafile.inputs);
}
