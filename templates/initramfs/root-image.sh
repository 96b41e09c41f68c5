# The root image: a partition found by its identifier, or a file that came with a network boot.

wait_seconds=60

find_root_image() {
  if [ -n "$root_file" ]; then
    [ -f "$root_file" ] || fail "kubeos.root=$root_file: no such file in the initramfs"
    modprobe -q loop
    root_device=$(losetup --find --show --read-only "$root_file") || fail "no loop device for $root_file"
    root_disk=
    # What a disk would have on BOOT: `kubeos-agent install` takes it from here.
    mkdir -p /run/kubeos/release
    cp /boot.cfg /boot.sum /run/kubeos/release/ || warn 'the network boot brought no boot files: nothing can be installed from it'
    return
  fi
  [ -n "$root_uuid" ] || fail 'the command line names no root (root=PARTUUID=… or kubeos.root=/…)'
  wait_for_partition
  pick_root_device $root_devices
}

# Disks may come late: USB, a controller that takes its time. A look at all partitions costs, so it is
# taken when there are new ones, and every two seconds. Disks of one controller come one after the other, and a
# copy of the right one may be the next: what was found counts once nothing new has come since.
wait_for_partition() {
  seen= next_look=0 root_devices=
  uptime_seconds
  give_up=$((now + wait_seconds))
  while :; do
    load_hardware_modules
    uptime_seconds
    present=$(block_devices)
    [ -z "$root_devices" ] || [ "$present" != "$seen" ] || return 0
    if [ "$present" != "$seen" ] || [ "$now" -ge "$next_look" ]; then
      seen=$present next_look=$((now + 2))
      root_devices=$(blkid -c /dev/null -o device -t "PARTUUID=$root_uuid")
    fi
    if [ "$now" -ge "$give_up" ]; then
      [ -z "$root_devices" ] || return 0
      fail "no partition $root_uuid after $wait_seconds s; there are: $present"
    fi
    sleep 0.2
  done
}

block_devices() {
  echo /sys/class/block/*
}

uptime_seconds() {
  read -r now _ </proc/uptime
  now=${now%.*}
}

# Two disks with the same identifiers are a copy and its original. Which is which cannot be known here, so
# nothing is written to either, and neither says who this node is.
pick_root_device() {
  root_device=$1
  root_disk=$(disk_of "$root_device")
  has_double=
  [ $# -eq 1 ] || has_double=yes
  [ -z "$has_double" ] || warn "$# partitions have the identifier $root_uuid ($*): two disks are copies of each other. Using $1; PERSIST stays read-only, and no credentials are taken from BOOT, until one disk is removed or given identifiers of its own"
}

# sysfs keeps a partition inside the directory of its disk; names say nothing reliable.
disk_of() {
  sysfs=$(cd -P "/sys/class/block/${1##*/}/.." && pwd -P) && echo "/dev/${sysfs##*/}"
}

# partition_of DISK NUMBER
partition_of() {
  for sysfs in "/sys/class/block/${1##*/}"/*/partition; do
    read -r number <"$sysfs" || continue
    [ "$number" = "$2" ] || continue
    sysfs=${sysfs%/partition}
    echo "/dev/${sysfs##*/}"
    return
  done
}

open_root_image() {
  # Without verity this is what keeps root from being mounted writable again.
  blockdev --setro "$root_device" || fail "$root_device cannot be made read-only"
  opened=$root_device
  if [ -n "$verity_hash" ]; then
    veritysetup open --panic-on-corruption --hash-offset="$verity_offset" \
      "$root_device" kubeos-root "$root_device" "$verity_hash" ||
      fail "$root_device does not match the root hash $verity_hash"
    opened=/dev/mapper/kubeos-root
  elif command -v veritysetup >/dev/null; then
    # It is here only for an image that is to be verified; nothing checks the slot's configuration itself.
    fail 'the root image is to be verified, but the command line has no root hash (kubeos.verity=…)'
  fi
  mount -t "$root_type" -o ro "$opened" "$newroot" || fail "the root image on $root_device cannot be mounted"
  say "root is $root_device${slot:+, slot $slot}${verity_hash:+, verified}"
}
