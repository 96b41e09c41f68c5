#!/bin/sh
# What is between a machine's start and its init, for a host node: the kernel's files as they would be on a machine of its own,
# the image's initramfs (its own functions, but for what needs another kernel), then the image's /sbin/init.
# Called again by itself, once its namespaces are complete.
set -eu

here=${0%/*}
newroot=$folder/root

main() {
  assert_alone
  [ "${1-}" = inside ] || enter_namespaces
  plug_network
  make_proc
  make_dev
  mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
  mkdir -p /run/kubeos /run/host
  make_sys
  run_initramfs
  hand_over
}

# What runs here restarts its machine by reboot(2), which ends a PID namespace; in the host's it would restart the host.
assert_alone() {
  [ "$$" != 1 ] || [ "$(readlink /proc/self/ns/pid)" = "$host_pid_namespace" ] || return 0
  echo 'boot.sh: not the first process of a PID namespace of its own' >&2
  exit 1
}

enter_namespaces() {
  read -r pid _ </proc/self/stat
  echo "$pid" >"$folder/pid"
  . "$here/cgroups.sh"
  enter_cgroups
  exec 9</proc/self/ns/net
  exec unshare --cgroup --net --uts --ipc sh "$0" inside
}

# The node's end is made inside; its other end comes up in the network of all nodes.
plug_network() {
  nsenter --net=/proc/self/fd/9 ip link add "$name" type veth peer name eth0 netns 1
  nsenter --net=/proc/self/fd/9 ip link set "$name" up master nodes
  exec 9<&-
}

make_proc() {
  mount -t proc -o nosuid,nodev,noexec proc /proc
  . "$here/kernel-files.sh"
  cover_proc
}

make_dev() {
  mount -t tmpfs -o nosuid,mode=0755 tmpfs /dev
  fill_dev
}

make_sys() {
  mount -t sysfs -o ro,nosuid,nodev,noexec sysfs /sys
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
  show_disk
}

run_initramfs() {
  set +eu
  for part in report command-line root-image persist seed etc-layer; do
    . "$templates/initramfs/$part.sh"
  done
  . "$here/initramfs-stand-in.sh"
  read_command_line
  find_root_image
  open_root_image
  attach_persist
  mount_var
  mount_persist_directories
  mount_etc
  exists "$newroot/sbin/init" || fail 'the root image has no /sbin/init'
  set -eu
}

# As switch_root(8) does it; systemd takes these as the ways of a container (https://systemd.io/CONTAINER_INTERFACE).
hand_over() {
  mkdir /run/host/credentials
  mount -t tmpfs -o mode=0700,nosuid,nodev,noexec tmpfs /run/host/credentials
  cp "$folder"/credentials/* /run/host/credentials/
  . "$here/lacking.sh"
  make_up_for_rights
  make_up_for_controllers
  read -r arguments <"$folder/command-line"
  for directory in proc sys dev run; do
    mount --move "/$directory" "$newroot/$directory"
  done
  cd "$newroot"
  mkdir run/host/old
  pivot_root . run/host/old
  exec chroot . /bin/sh -euc "$handing_over" init $arguments
}

handing_over='
  umount --lazy /run/host/old
  rmdir /run/host/old
  mount --make-rshared /
  [ ! -f /run/host/version-1/prepare ] || . /run/host/version-1/prepare
  export container=kubeos-test CREDENTIALS_DIRECTORY=/run/host/credentials PATH=/usr/sbin:/usr/bin:/sbin:/bin
  exec /sbin/init "$@"
'

main "$@"
