import type { ErrorCode } from '../../errors.ts';
import { CLUSTER_PAGES } from './cluster-pages.ts';
import type { ErrorPage } from './error-page.ts';
import { HOST_PAGES } from './host-pages.ts';
import { INPUT_PAGES } from './input-pages.ts';
import { NETWORK_PAGES } from './network-pages.ts';

/** A page for each code, and no code without one. */
export const ERROR_PAGES: Readonly<Record<ErrorCode, ErrorPage>> = {
  ...INPUT_PAGES,
  ...HOST_PAGES,
  ...NETWORK_PAGES,
  ...CLUSTER_PAGES,
};

/** `kubeos build`: a command of the page as it is typed. */
export const typed = (command: string): string =>
  command.startsWith('kubeos-agent') ? command : `kubeos ${command}`;
