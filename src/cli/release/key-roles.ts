/** The roles that keys are for, by how a key's file is called: `targets.pub`, `root-2.pub`. */
export const KEY_ROLES = ['root', 'targets', 'snapshot', 'timestamp', 'halt'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];
