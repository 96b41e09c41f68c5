# PERSIST: partition 4 of the disk that root is on. Its state is left in /run/kubeos/persist-state, one line:
#   writable | read-only REASON | memory REASON

# Linux variable data, of the Discoverable Partitions Specification.
persist_type=4d21b016-b534-45c2-a9fb-5c16e091fd2d
persist_found=/run/kubeos/persist-found

attach_persist() {
  is_real_directory "$newroot/persist" || fail 'the root image has no directory /persist'
  persist_device=
  [ -z "$root_disk" ] || persist_device=$(partition_of "$root_disk" 4)
  if [ -n "$root_file" ]; then
    mount_persist_in_memory 'network-boot'
  elif [ -z "$persist_device" ]; then
    warn "$root_disk has no partition 4: nothing of this node lasts"
    mount_persist_in_memory 'no-persist-partition'
  elif ! is_persist "$persist_device"; then
    warn "$persist_device is not PERSIST, but $found_there: it is left alone, and nothing of this node lasts"
    mount_persist_in_memory 'partition-4-is-not-persist'
  elif [ -n "$has_double" ]; then
    blockdev --setro "$persist_device"
    mount_persist_read_only 'two-disks-with-the-same-identifiers'
  else
    grow_table
    check_and_mount_persist
  fi
}

# What somebody else has put in its place is neither repaired nor mounted. A file system that cannot be told at
# all is left to e2fsck: a damaged PERSIST looks like that.
is_persist() {
  partition_type= file_system= label=
  blkid -c /dev/null -p -o export -s PART_ENTRY_TYPE -s TYPE -s LABEL "$1" >"$persist_found"
  while IFS='=' read -r key value; do
    case $key in
      PART_ENTRY_TYPE) partition_type=$value ;;
      TYPE) file_system=$value ;;
      LABEL) label=$value ;;
    esac
  done <"$persist_found"
  found_there="a partition of type ${partition_type:-unknown} with ${file_system:-no file system} ${label:-without label}"
  [ "$partition_type" = "$persist_type" ] || return 1
  [ -z "$file_system" ] || [ "$file_system $label" = 'ext4 PERSIST' ]
}

check_and_mount_persist() {
  e2fsck -p "$persist_device" >/run/kubeos/e2fsck.log 2>&1
  code=$?
  # e2fsck(8): 1 and 2 mean "mended". From 4 on something is left that only a person may decide about.
  if [ "$code" -ge 4 ]; then
    mount_persist_read_only "e2fsck-$code"
    return
  fi
  if mount -t ext4 -o nosuid,nodev,noatime "$persist_device" "$newroot/persist"; then
    persist_state writable
    grow_file_system
  else
    mount_persist_read_only 'mount-failed'
  fi
}

# `noload`: mounting must not replay the journal, which would be a repair.
mount_persist_read_only() {
  warn "PERSIST ($persist_device) is mounted read-only: $1. Changes are lost at the next start"
  if mount -t ext4 -o ro,noload,nosuid,nodev "$persist_device" "$newroot/persist"; then
    persist_state "read-only $1"
  else
    mount_persist_in_memory "$1"
  fi
}

mount_persist_in_memory() {
  say "PERSIST is in memory: $1"
  mount -t tmpfs -o nosuid,nodev,mode=0755,size=50% tmpfs "$newroot/persist" || fail 'no memory for PERSIST'
  persist_state "memory $1"
}

persist_state() {
  persist_mode=${1%% *}
  echo "$1" >/run/kubeos/persist-state
}

# Table first, then the kernel's idea of it, then (mounted, and journaled by the kernel) the file system.
grow_table() {
  grown=$(sh /kubeos/grow-persist "$root_disk" 2>&1) || warn "PERSIST was not grown: $grown"
  [ -n "$grown" ] || return 0
  say "$grown"
  partx --update --nr 4 "$root_disk" || warn "the kernel did not take the new size of $persist_device"
}

grow_file_system() {
  resize2fs "$persist_device" >/run/kubeos/resize2fs.log 2>&1 ||
    warn "the file system on $persist_device was not grown: /run/kubeos/resize2fs.log"
}
