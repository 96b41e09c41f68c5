/** Written for each slot and boot by GRUB's configuration; a second value would win or lose by chance. */
const OWN_NAMES = new Set([
  ...['root', 'rootfstype', 'rootflags', 'rootdelay', 'ro', 'rw', 'init', 'rdinit', 'initrd'],
  ...['panic', 'gpt', 'roothash', 'usrhash', 'systemd.crash-reboot', 'systemd.volatile'],
]);
const OWN_PREFIXES = ['rd.', 'kubeos.', 'systemd.verity', 'dm-mod.'];

/**
 * Give a shell without a password, run a program, set any setting of the kernel, or take its own defences away. A name in
 * capitals is none of the kernel's: it goes to init's environment (LD_PRELOAD, SYSTEMD_UNIT_PATH).
 */
const TAKES_OVER =
  /^(?:systemd\..*|init.*|single|emergency|rescue|s|[A-Z][A-Z0-9-]*|[1-5]|-.*|break|debug|kgdb.*|kdb|module\..*|modprobe\..*|sysctl\..*|lockdown|lsm|security|selinux|enforcing|apparmor|efi.*|acpi.*|ima.*|evm.*)$/;

/** Of `name=value` or `name`, as it is compared: `-` and `_` are alike to the kernel (kernel-parameters.rst). */
export const argumentName = (word: string): string =>
  (word.split('=', 1)[0] ?? '').replaceAll('_', '-');

/** Whether kubeos decides this argument itself. */
export function isOwnArgument(name: string): boolean {
  const normal = argumentName(name);
  return OWN_NAMES.has(normal) || OWN_PREFIXES.some((prefix) => normal.startsWith(prefix));
}

/** Whether who may set this argument could become root by it. */
export function takesOver(name: string): boolean {
  return TAKES_OVER.test(argumentName(name));
}
