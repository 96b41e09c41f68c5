import type { GrubKeeper } from '../grub/keep-grub.ts';
import { unknownGrub } from '../grub/grub-status.ts';

/** For an agent without a GRUB to look after. */
export const NO_GRUB: GrubKeeper = {
  status: () => unknownGrub('fixed', null, 'there is none'),
  update: async () => undefined,
  retry: async () => undefined,
};
