# Functions of templates/initramfs that need a machine or a kernel of their own.

say() {
  echo "initramfs: $*"
}

warn() {
  say "$@"
}

# The machine starts again, through GRUB: boot.sh is its first process.
fail() {
  say "$*"
  restart
}

# The real one asks the kernel, which is the host's.
restart() {
  exit "$restart_code"
}

restart_code=10

find_root_image() {
  root_disk=/dev/vda has_double=
  case $slot in
    A) root_device=/dev/vda2 ;;
    B) root_device=/dev/vda3 ;;
    *) fail 'the command line names no slot' ;;
  esac
}

# Every block is compared once, instead of when it is read: a device mapper is not at hand everywhere. The device is read-only
# already; as a flag that would outlive this use of a loop device. What nobody signed has no hash.
open_root_image() {
  [ -z "$verity_hash" ] ||
    veritysetup verify --hash-offset="$verity_offset" "$root_device" "$root_device" "$verity_hash" ||
    fail "$root_device does not match the root hash $verity_hash"
  mount -t "$root_type" -o ro "$root_device" "$newroot" || fail "the root image on $root_device cannot be mounted"
  say "root is $root_device, slot $slot${verity_hash:+, verified}"
}

# A loop device is no partition, so it has no type.
is_persist() {
  [ "$(blkid -c /dev/null -p -o value -s LABEL "$1")" = PERSIST ]
}

grow_table() {
  :
}
