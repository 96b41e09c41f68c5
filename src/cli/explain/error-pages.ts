import { ERROR_CODES, exitCodeOf, isErrorCode, type ErrorCode } from '../../errors.ts';
import { CLUSTER_PAGES } from './cluster-pages.ts';
import type { ErrorPage } from './error-page.ts';
import { HOST_PAGES } from './host-pages.ts';
import { INPUT_PAGES } from './input-pages.ts';
import { NETWORK_PAGES } from './network-pages.ts';
import { RUN_PAGES } from './run-pages.ts';
import { TRIAL_PAGES } from './trial-pages.ts';

/** Of an error that a command ends with, of a trial that a node tells of, or of a run that the operator has ended. */
export type PageCode = ErrorCode | keyof typeof TRIAL_PAGES | keyof typeof RUN_PAGES;

/** A page for each code, and no code without one. */
export const ERROR_PAGES: Readonly<Record<PageCode, ErrorPage>> = {
  ...INPUT_PAGES,
  ...HOST_PAGES,
  ...NETWORK_PAGES,
  ...CLUSTER_PAGES,
  ...TRIAL_PAGES,
  ...RUN_PAGES,
};

const isTrialCode = (code: string): code is keyof typeof TRIAL_PAGES =>
  Object.hasOwn(TRIAL_PAGES, code);

export const TRIAL_CODES = Object.keys(TRIAL_PAGES).filter(isTrialCode);

const isRunCode = (code: string): code is keyof typeof RUN_PAGES => Object.hasOwn(RUN_PAGES, code);

export const RUN_CODES = Object.keys(RUN_PAGES).filter(isRunCode);

export const PAGE_CODES: readonly PageCode[] = [...ERROR_CODES, ...TRIAL_CODES, ...RUN_CODES];

/** Null where no command ends with the code. */
export const exitCodeOfPage = (code: PageCode): number | null =>
  isErrorCode(code) ? exitCodeOf(code) : null;

/** What a page says of where a code comes from, where it names no commands. */
export function anyOrigin(code: PageCode): string {
  if (isErrorCode(code)) return 'any command';
  return isRunCode(code)
    ? 'a rollout: `kubeos rollout why NODE` says it, and `spec.outcome.message` of an OSInstance'
    : 'a release on trial: `kubeos-agent status` says it, and `status.run.code` of an OSInstance';
}

/** `kubeos build`: a command of the page as it is typed. */
export const typed = (command: string): string =>
  command.startsWith('kubeos-agent') ? command : `kubeos ${command}`;
