import { z } from 'zod';
import type { OsPlace } from '../../rollout/client/os-objects.ts';
import { clusterArguments } from '../chosen-cluster.ts';

/** Of every command that is about an OS object. */
export const rolloutArguments = {
  ...clusterArguments,
  name: z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'the name of an OS object'),
  namespace: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'a namespace'),
  json: z.boolean(),
};

export const placeOf = ({ namespace, name }: OsPlace): OsPlace => ({ namespace, name });
