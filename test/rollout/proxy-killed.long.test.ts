import { killAtWrites } from './kill-proxy.ts';

killAtWrites(1);
