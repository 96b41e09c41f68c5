import { killAtWrites } from './kill-proxy.ts';

// At each of its writes in the long tests.
killAtWrites(4);
