import { KubeosError } from '../../src/errors.ts';
import { buildModule } from '../../src/demo/go/build-module.ts';

// For the test that has it run where there is no Go: says why nothing was built, and ends.
const module = { folder: 'status-readers', programs: { 'status-readers': '.' } };
await buildModule(module).catch((error: unknown) => {
  if (!(error instanceof KubeosError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}: ${error.hint}`);
});
