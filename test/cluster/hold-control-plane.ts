import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

// For the test that kills this process: says where the API server is, and holds it.
const cluster = await startControlPlane();
process.stdout.write(`${cluster.url}\n`);
setInterval(() => undefined, 60_000);
