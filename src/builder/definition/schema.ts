import { z } from 'zod';
import { baseSchema } from './base-schema.ts';
import { configurationSchema } from './configuration-schema.ts';
import * as field from './fields.ts';
import { health, watchdog } from './health-fields.ts';

/**
 * `kubeos.yaml`, the image definition. Strict: an unknown key is an error. Every default that a
 * person may rely on stands here, so that a parsed definition is complete.
 */
export const definitionSchema = z.strictObject({
  name: field.releaseName.describe('Name of the image; releases of one name upgrade each other'),
  version: field.version.describe('Version of this image, shown to people; the digest decides'),
  epoch: z
    .int({ error: 'a whole number, 1 or more' })
    .min(1)
    .default(1)
    .describe('Grows with each release; a node takes a smaller one only where a person says so'),
  arch: z.enum(['amd64', 'arm64']).default('amd64').describe('Processor architecture'),
  base: baseSchema.describe('Where the root file system comes from'),
  packages: z
    .array(field.packageName)
    .transform(withoutRepeats)
    .default([])
    .describe('Packages to install (bases apt and dnf)'),
  files: z.array(field.file).default([]).describe('Files to add, with owner and mode'),
  users: z.array(field.user).default([]).describe('Accounts to add or change'),
  units: field.units.prefault({}).describe('systemd units to enable, disable or mask'),
  etc: field.etc.default('named').describe('What of /etc lasts: named items, or all of it'),
  configuration: configurationSchema.prefault({}).describe('What may be set on a running node'),
  sysctl: z
    .record(field.sysctlKey, field.sysctlValue)
    .default({})
    .describe('Kernel settings at boot'),
  modules: z.array(field.moduleName).default([]).describe('Kernel modules to load at boot'),
  kernelArguments: z.array(field.kernelArgument).default([]).describe('Arguments of the kernel'),
  partitions: field.partitions.prefault({}).describe('Sizes of the four partitions'),
  root: field.root.prefault({}).describe('Form of the root image'),
  release: field.release.prefault({}).describe('Form of the release'),
  health: health.prefault({}).describe('When a node on trial commits, and when it is given up'),
  watchdog: watchdog.prefault({}).describe('What starts a node again that hangs'),
  state: field.state
    .prefault({})
    .describe('What services write to /var, for the way back to an older release'),
  firmware: z
    .array(z.enum(['uefi', 'bios']))
    .min(1)
    .transform(withoutRepeats)
    .default(['uefi'])
    .describe('Firmware that the disk boots under; bios is for amd64 only'),
  persist: z.array(field.imagePath).default([]).describe('Further directories that last'),
  repository: field.repository.optional().describe('Image server and its root of trust'),
  allowUnsigned: z
    .boolean()
    .default(false)
    .describe('Nodes also take plain root file system tars that nobody signed (KubeOS imageurl)'),
  scripts: z
    .array(field.script)
    .default([])
    .describe(
      'Scripts run inside the root file system; they may neither install nor remove packages',
    ),
  outputs: z
    .array(z.enum(['raw', 'qcow2', 'vmdk', 'vhd', 'pxe', 'oci']))
    .min(1)
    .transform(withoutRepeats)
    .default(['raw'])
    .describe('Forms in which the image is written'),
});

/** A definition that extends another may well ask once more for what that one has. */
function withoutRepeats<Item>(items: readonly Item[]): Item[] {
  return [...new Set(items)];
}

export type ImageDefinition = z.infer<typeof definitionSchema>;
