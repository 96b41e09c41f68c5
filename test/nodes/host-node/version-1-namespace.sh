# Sourced in the node's root, before its init: makes the mount namespace that lacking.sh speaks of. All other mounts of it and of
# the node are the same from here on. A process holds it: since Linux 6.18 a file often cannot (EINVAL of a bind of ns/mnt).
unshare --mount --propagation unchanged sleep infinity &
while [ "$(readlink "/proc/$!/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ]; do
  kill -0 "$!" || exit 1
  sleep 0.02
done
nsenter --target "$!" --mount sh -euc '
  mount --make-private /sys/fs/cgroup
  mount --rbind /run/host/version-1/cgroup /sys/fs/cgroup
'
echo "$!" >/run/host/version-1/holder
