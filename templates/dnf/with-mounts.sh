#!/bin/sh
# Runs a command for a root file system that is being filled, with the devices and the process list that
# scriptlets of packages count on mounted in it. Only for a mount namespace of its own, as
# src/host/in-namespace.ts makes it: nothing is unmounted, the kernel does that when the namespace ends.
# Usage: with-mounts.sh ROOT COMMAND [ARGUMENT...]
set -eu
root=$1
shift

mkdir -p -m 0755 "$root/dev"
mkdir -p -m 0555 "$root/proc" "$root/sys"
mount -t tmpfs -o mode=0755,nosuid,noexec devices "$root/dev"
for node in null zero full random urandom tty; do
  : >"$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
ln -s /proc/self/fd "$root/dev/fd"
for number in 0:stdin 1:stdout 2:stderr; do
  ln -s "/proc/self/fd/${number%%:*}" "$root/dev/${number#*:}"
done
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"

exec "$@"
