# The cgroups of a host node: one in every hierarchy of this host, which are its roots inside its cgroup namespace.

cgroups=/sys/fs/cgroup

# Hierarchies of this host: all is one (version 2), or each controller has its own beside "unified".
hierarchies() {
  if [ -f "$cgroups/cgroup.controllers" ]; then
    echo "$cgroups"
    return
  fi
  for hierarchy in "$cgroups"/*; do
    [ ! -f "$hierarchy/cgroup.procs" ] || [ -L "$hierarchy" ] || echo "$hierarchy"
  done
}

has_legacy_cgroups() {
  [ ! -f "$cgroups/cgroup.controllers" ]
}

make_cgroups() {
  has_legacy_cgroups || delegate_controllers
  for hierarchy in $(hierarchies); do
    mkdir "$hierarchy/$own_cgroup"
    # Version 1 begins with none, and takes no process then.
    for part in cpus mems; do
      ! has_legacy_cgroups || [ ! -f "$hierarchy/cpuset.$part" ] ||
        cat "$hierarchy/cpuset.$part" >"$hierarchy/$own_cgroup/cpuset.$part"
    done
  done
}

# Those that kubelet wants.
delegate_controllers() {
  for controller in cpu cpuset io memory pids hugetlb; do
    ! grep -qw "$controller" "$cgroups/cgroup.controllers" ||
      echo "+$controller" >"$cgroups/cgroup.subtree_control"
  done
}

# Moves the shell that calls it.
enter_cgroups() {
  for hierarchy in $(hierarchies); do
    echo 0 >"$hierarchy/$own_cgroup/cgroup.procs"
  done
}

# A cgroup whose last process has just ended may be busy for another moment.
remove_cgroups() {
  for hierarchy in $(hierarchies); do
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      [ -d "$hierarchy/$own_cgroup" ] || break
      find "$hierarchy/$own_cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.2
    done
  done
}
