import { KubeosError } from '../../errors.ts';
import { moduleName, type ModuleTables } from './module-tables.ts';

export type RootFileSystem = 'ext4' | 'squashfs' | 'erofs';

export interface ModuleChoice {
  /** Paths relative to the kernel's module directory, sorted. */
  readonly files: readonly string[];
  /** Names to load at every boot, whatever the hardware; built-in ones are left out. */
  readonly loaded: readonly string[];
  /** Names of drivers to try where a watchdog is to be used. */
  readonly watchdogs: readonly string[];
}

/**
 * Disks that a node may boot from: those of clouds, of QEMU, VMware, VirtualBox and Hyper-V, and of servers. Loaded by the
 * hardware's own alias. VMware's controllers are vmw_pvscsi, mptsas (LSI Logic SAS), mptspi (LSI Logic Parallel), nvme and ahci.
 */
const STORAGE = [
  ...['virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_scsi', 'nvme', 'vmd'],
  ...['xen_blkfront', 'xen_scsifront', 'hv_vmbus', 'hv_storvsc', 'pci_hyperv', 'vmw_pvscsi'],
  ...['mptspi', 'mptsas', 'sym53c8xx'],
  ...['ahci', 'ahci_platform', 'ata_piix', 'ata_generic', 'sd_mod'],
  ...['megaraid_sas', 'mpt3sas', 'smartpqi', 'hpsa', 'aacraid', 'hisi_sas_v2_hw', 'hisi_sas_v3_hw'],
  ...['mmc_block', 'sdhci_pci', 'sdhci_acpi'],
  ...['xhci_pci', 'ehci_pci', 'usb_storage', 'uas'],
];

/** Checksums of ext4 and hashes of dm-verity: whichever a kernel has is asked for by the kernel itself. */
const CRYPTOGRAPHY = [
  ...['crc32c_generic', 'crc32c_intel', 'crc32c_cryptoapi', 'crc32_ce', 'libcrc32c'],
  ...['sha256_generic', 'sha256_ssse3', 'sha256_ce', 'sha2_ce', 'sha256_arm64'],
];

/**
 * Watchdogs of hardware and hypervisors: loaded by name where one is to be used, before any other driver can hang. Those
 * that need a service of the firmware or of another driver come after it.
 */
const WATCHDOGS = [
  ...['i6300esb', 'wdat_wdt', 'lpc_ich', 'i2c_i801', 'iTCO_wdt', 'sp5100_tco', 'hpwdt', 'xen_wdt'],
  ...['sbsa_gwdt', 'arm_smc_wdt', 'dw_wdt', 'qcom_wdt', 'sp805_wdt'],
];

/** Where no watchdog is, and where a panic's last words are kept. */
const GUARDS = ['softdog', 'efi_pstore'];

/** BOOT, and the tables of letters that vfat asks for in the kernels of Debian and openEuler. */
const BOOT_FILE_SYSTEM = ['vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859_1'];

const OPTIONAL = [
  ...STORAGE,
  ...CRYPTOGRAPHY,
  ...WATCHDOGS,
  ...GUARDS,
  ...BOOT_FILE_SYSTEM,
  ...['loop', 'mbcache', 'jbd2'],
];

/**
 * The modules of an initramfs with all that they depend on. Optional ones that a kernel does not have
 * are passed over.
 *
 * @throws KubeosError BUILD_CHECK_FAILED naming every module without which the image cannot boot
 */
export function chooseModules(
  tables: ModuleTables,
  needs: { readonly fileSystem: RootFileSystem; readonly verity: boolean },
): ModuleChoice {
  const required = [
    // PERSIST is always ext4.
    ...new Set([needs.fileSystem, 'ext4', 'overlay']),
    ...(needs.verity ? ['dm_mod', 'dm_verity'] : []),
  ];
  const missing = required.filter((name) => !exists(tables, name));
  if (missing.length > 0) {
    throw new KubeosError(
      'BUILD_CHECK_FAILED',
      `the kernel has neither built in nor as a module: ${missing.join(', ')}`,
      { hint: 'choose a kernel package with these drivers, or another `root` in the definition' },
    );
  }
  const files = new Set<string>();
  for (const name of [...required, ...OPTIONAL]) addModule(tables, name, files);
  return {
    files: [...files].toSorted(),
    loaded: required.filter((name) => tables.paths.has(name)),
    watchdogs: WATCHDOGS.filter((name) => tables.paths.has(name)),
  };
}

function exists(tables: ModuleTables, name: string): boolean {
  return tables.paths.has(name) || tables.builtin.has(name);
}

function addModule(tables: ModuleTables, name: string, files: Set<string>): void {
  const file = tables.paths.get(name);
  if (file === undefined || files.has(file)) return;
  files.add(file);
  for (const needed of tables.dependencies.get(name) ?? []) {
    addModule(tables, moduleName(needed), files);
  }
  const soft = tables.soft.filter(({ module }) => module === name);
  for (const other of soft.flatMap(({ others }) => others)) {
    for (const module of modulesOf(tables, other)) addModule(tables, module, files);
  }
}

/** Soft dependencies may name an alias, such as "crc32c", that several modules answer to. */
function modulesOf(tables: ModuleTables, nameOrAlias: string): string[] {
  const name = nameOrAlias.replaceAll('-', '_');
  if (exists(tables, name)) return [name];
  return tables.aliases
    .filter(({ alias }) => alias === nameOrAlias)
    .map(({ module }) => module.replaceAll('-', '_'));
}
