import { killAtSteps } from './kill-at-steps.ts';

// At each step in the long tests.
killAtSteps(6);
