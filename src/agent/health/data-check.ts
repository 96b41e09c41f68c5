import { readDataReport } from '../persist/data-report.ts';
import type { CheckResult } from './health-check.ts';

/** Data that could not be saved or migrated; its report says whose fault that is. Nothing where all is well. */
export async function dataCheck(reportFile: string): Promise<readonly CheckResult[]> {
  const problem = (await readDataReport(reportFile))?.problem ?? null;
  if (problem === null) return [];
  return [{ name: 'data', isGood: false, isRequired: true, ...problem }];
}
