import { killAtSteps } from './kill-at-steps.ts';

killAtSteps(1);
