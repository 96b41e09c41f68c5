import { z } from 'zod';

const text = z.string({ error: 'text' }).min(1, { error: 'some text' });
const texts = z.array(text, { error: 'a list of texts' });
const flag = z.boolean({ error: 'true or false' });
const count = z.number({ error: 'a number' }).positive({ error: 'more than 0' });

/**
 * KubeOS's `kbimg.toml` (1.0.8). Loose where KubeOS is: keys that it would ignore stay, and become notes.
 * Everything is optional, because an import takes over what there is.
 */
export const kbimgSchema = z.looseObject({
  from_repo: z
    .looseObject({
      version: text,
      repo_path: text,
      agent_path: text,
      root_passwd: text,
      rpmlist: texts,
      legacy_bios: flag,
      upgrade_img: text,
    })
    .partial()
    .optional(),
  from_dockerimg: z.looseObject({ upgrade_img: text, legacy_bios: flag }).partial().optional(),
  admin_container: z.looseObject({ img_name: text, hostshell: text }).partial().optional(),
  pxe_config: z
    .looseObject({ rootfs_name: text, disk: text, server_ip: text })
    .partial()
    .optional(),
  users: z
    .array(
      z.looseObject({
        name: text,
        passwd: z.unknown(),
        primary_group: text.optional(),
        groups: texts.default([]),
      }),
    )
    .default([]),
  copy_files: z
    .array(z.looseObject({ src: text, dst: text, create_dir: text.optional() }))
    .default([]),
  grub: z.looseObject({ passwd: z.unknown() }).optional(),
  systemd_service: z.looseObject({ name: texts.default([]) }).optional(),
  chroot_script: z.looseObject({ path: text, rm: flag.default(false) }).optional(),
  disk_partition: z.looseObject({ root: count, img_size: count }).partial().optional(),
  persist_mkdir: z.looseObject({ name: texts.default([]) }).optional(),
  dm_verity: z.looseObject({ keys_dir: text }).partial().optional(),
});

export type Kbimg = z.infer<typeof kbimgSchema>;
