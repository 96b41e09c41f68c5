import path from 'node:path';
import { bundleAgent } from './agent-bundle.ts';
import { bundleKubeos } from './kubeos-bundle.ts';

// What `kubeos` itself packs, as src/builder/own-agent/open-bundles.ts looks for it: `node tools/write-bundles.ts FOLDER
// [agent] [kubeos]`, both by default.
const [folder = 'dist/bundles', ...asked] = process.argv.slice(2);
const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name);
if (isAsked('agent')) await bundleAgent(path.resolve(folder, 'agent.cjs'));
if (isAsked('kubeos')) await bundleKubeos(path.resolve(folder, 'kubeos'));
