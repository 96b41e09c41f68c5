import { SCENARIOS } from '../../../src/agent/testing/crash-scenarios.ts';
import { GRUB_SCENARIOS } from '../../../src/agent/testing/grub-scenarios.ts';
import { judgeScenario } from '../../../src/agent/testing/judge-scenario.ts';

// Prints the first violation that the changed agent commits; nothing where it commits none.
for (const scenario of [...SCENARIOS, ...GRUB_SCENARIOS]) {
  const violation = await firstViolation(scenario);
  if (violation === null) continue;
  process.stdout.write(`${scenario.name}, ${violation}\n`);
  break;
}

async function firstViolation(scenario: (typeof SCENARIOS)[number]): Promise<string | null> {
  try {
    return (await judgeScenario(scenario, { rounds: 8, cutAgain: 6 })).violation;
  } catch (error) {
    return `it fails: ${error instanceof Error ? error.message : 'for no reason'}`;
  }
}
