#!/bin/sh
# Whether this host lets a host node run: says on standard error what it does not, and fails.
set -eu
own_cgroup=kubeos-node-try-$$
. "${0%/*}/cgroups.sh"

for tool in losetup unshare nsenter setpriv veritysetup e2fsck blkid ip; do
  command -v "$tool" >/dev/null || {
    echo "$tool is not installed" >&2
    exit 1
  }
done
trap remove_cgroups EXIT
make_cgroups
unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child sh -euc '
  mount -t proc proc /proc
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mount -t overlay -o lowerdir=/usr:/etc overlay /mnt
  ip link add one type veth peer name two
'
