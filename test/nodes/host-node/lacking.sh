# What this host lacks for a node, made up for. Of the image nothing is changed but what is mounted over it here.

# Without CAP_SYS_RESOURCE (capabilities(7), bit 24) runc cannot start what the kernel shall kill last.
make_up_for_rights() {
  while read -r key value; do
    [ "$key" != CapEff: ] || rights=$value
  done </proc/self/status
  [ $((0x$rights >> 24 & 1)) = 0 ] || return 0
  sed '/^ *\[plugins\."io\.containerd\.grpc\.v1\.cri"\]$/a restrict_oom_score_adj = true' \
    "$newroot/etc/containerd/config.toml" >/run/host/containerd.toml
  mount --bind /run/host/containerd.toml "$newroot/etc/containerd/config.toml"
}

# Where controllers belong to hierarchies of version 1, systemd gets version 2 without them, which is enough for it. Kubelet
# and containerd need them: both run in a mount namespace in which /sys/fs/cgroup is as on any host of version 1.
make_up_for_controllers() {
  [ "$(cut -d: -f1 /proc/self/cgroup)" != 0 ] || return 0
  version_1=/run/host/version-1
  mkdir "$version_1"
  mount -t tmpfs tmpfs "$version_1"
  mkdir "$version_1/cgroup"
  while IFS=: read -r _ controllers _; do
    case $controllers in
      # What has no controller is systemd's, which keeps its cgroups in version 2 here.
      '' | name=*) ;;
      *) mount_controllers "$controllers" ;;
    esac
  done </proc/self/cgroup
  cat >"$version_1/kubelet.conf" <<-END
	apiVersion: kubelet.config.k8s.io/v1beta1
	kind: KubeletConfiguration
	failCgroupV1: false
	END
  replace_program containerd
  replace_program kubelet "cp $version_1/kubelet.conf /run/kubelet/00-version-1.conf"
  cp "$here/version-1-namespace.sh" "$version_1/prepare"
}

mount_controllers() {
  mkdir "$version_1/cgroup/$1"
  mount -t cgroup -o "$1" cgroup "$version_1/cgroup/$1"
}

# replace_program NAME [COMMAND]: by one that starts it in the namespace, after this command.
replace_program() {
  program=$1
  cat >"$version_1/run-$program" <<-END
	#!/bin/sh
	read -r holder <$version_1/holder
	${2-}
	exec nsenter --target "\$holder" --mount -- $version_1/$program "\$@"
	END
  chmod 0755 "$version_1/run-$program"
  : >"$version_1/$program"
  mount --bind "$newroot/usr/bin/$program" "$version_1/$program"
  mount --bind "$version_1/run-$program" "$newroot/usr/bin/$program"
}
