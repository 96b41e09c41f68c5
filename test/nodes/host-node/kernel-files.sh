# What the host's kernel shows, as a machine of its own would show it.

cover_proc() {
  cover cmdline "$folder/command-line"
  # Never the host's: not its settings, and not the switch that restarts it.
  freeze sys
  freeze sysrq-trigger
  # Those of a network belong to the node's own.
  mount --bind /proc/sys/net /proc/sys/net
  mount -o remount,bind,rw /proc/sys/net
  cat /proc/sys/kernel/random/uuid >"$folder/boot-id"
  cover sys/kernel/random/boot_id "$folder/boot-id"
  # As kubelet wants them, and one that tests set; what is written to them lands here.
  setting vm/overcommit_memory 1
  setting kernel/panic 10
  setting kernel/panic_on_oops 1
  setting vm/swappiness 60
}

cover() {
  mount --bind "$2" "/proc/$1"
}

freeze() {
  [ -e "/proc/$1" ] || return 0
  mount --bind "/proc/$1" "/proc/$1"
  mount -o remount,bind,ro "/proc/$1"
}

setting() {
  file=$folder/setting-${1##*/}
  echo "$2" >"$file"
  cover "sys/$1" "$file"
}

# The devices of a container, and the disk.
fill_dev() {
  for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 0666 "/dev/${device%:*}" c 1 "${device#*:}"
  done
  mknod -m 0666 /dev/tty c 5 0
  # The kernel's log is the host's: kubelet wants to read one, and finds it empty.
  mknod -m 0666 /dev/kmsg c 1 3
  mknod -m 0666 /dev/fuse c 10 229
  mkdir /dev/pts /dev/shm /dev/mqueue
  mount -t devpts -o newinstance,nosuid,noexec,ptmxmode=0666,mode=0620,gid=5 devpts /dev/pts
  ln -s pts/ptmx /dev/ptmx
  ln -s /proc/self/fd /dev/fd
  ln -s fd/0 /dev/stdin
  ln -s fd/1 /dev/stdout
  ln -s fd/2 /dev/stderr
  number=
  for loop in $loops; do
    mknod -m 0660 "/dev/vda$number" b 7 "$loop"
    number=$((${number:-0} + 1))
  done
}

# Disk and partitions where sysfs keeps them, instead of all block devices of the host.
show_disk() {
  mount -t tmpfs -o nosuid,nodev,noexec tmpfs /sys/class/block
  mkdir /sys/class/block/vda
  for number in 1 2 3 4; do
    mkdir "/sys/class/block/vda/vda$number"
    echo "$number" >"/sys/class/block/vda/vda$number/partition"
    ln -s "vda/vda$number" "/sys/class/block/vda$number"
  done
}
