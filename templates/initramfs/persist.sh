# PERSIST: partition 4 of the disk that root is on. Its state is left in /run/kubeos/persist-state, one line:
#   writable | read-only REASON | memory REASON

attach_persist() {
  is_real_directory "$newroot/persist" || fail 'the root image has no directory /persist'
  persist_device=
  [ -z "$root_disk" ] || persist_device=$(partition_of "$root_disk" 4)
  if [ -n "$root_file" ]; then
    mount_persist_in_memory 'network-boot'
  elif [ -z "$persist_device" ]; then
    warn "$root_disk has no partition 4: nothing of this node lasts"
    mount_persist_in_memory 'no-persist-partition'
  elif [ -n "$has_double" ]; then
    blockdev --setro "$persist_device"
    mount_persist_read_only 'two-disks-with-the-same-identifiers'
  else
    grow_table
    check_and_mount_persist
  fi
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
