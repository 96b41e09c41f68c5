#!/bin/sh
# power.sh FOLDER DISK ROOT OFFSET,BYTES…
#
# One run of a host node's machine, from power-on to whatever ends it: its disk and partitions as loop devices (ROOT is the number
# of the one that is booted), its cgroups, then boot.sh as the first process of namespaces of its own. Ends as that process does: by SIGHUP where it asks for a restart,
# by SIGINT where it powers off (reboot(2)). Its caller holds the other end of file descriptor 3; when that closes, power is cut.
set -eu

export folder=$1
disk=$2
root=$3
shift 3
here=${0%/*}
own_cgroup=kubeos-node-$$
export own_cgroup

main() {
  . "$here/cgroups.sh"
  insert_disk "$@"
  trap remove_cgroups EXIT
  make_cgroups
  trap cut_power HUP INT TERM
  run_machine
}

# Detaching a device that is in use sets AUTOCLEAR (losetup(8)): it goes with whoever had it open last.
insert_disk() {
  attach
  exec 4<"$device"
  losetup --detach "$device"
  partition=0
  for place in "$@"; do
    partition=$((partition + 1))
    attach --offset "${place%,*}" --sizelimit "${place#*,}" $([ "$partition" != "$root" ] || echo --read-only)
    case $partition in
      1) exec 5<"$device" ;;
      2) exec 6<"$device" ;;
      3) exec 7<"$device" ;;
      4) exec 8<"$device" ;;
    esac
    losetup --detach "$device"
  done
}

# The devices in the order of the disk and its partitions, by their minor numbers.
attach() {
  device=$(losetup --find --show "$@" "$disk")
  loops="${loops:+$loops }${device#/dev/loop}"
  export loops
}

run_machine() {
  rm -f "$folder/pid"
  host_pid_namespace=$(readlink /proc/self/ns/pid)
  export host_pid_namespace
  # Kernel, clock and hardware are the host's.
  setpriv --pdeathsig KILL --bounding-set -sys_module,-sys_time,-sys_rawio \
    unshare --mount --pid --fork --kill-child sh "$here/boot.sh" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- </dev/null &
  machine=$!
  { read -r _ <&3 || cut_power; } </dev/null &
  watcher=$!
  code=0
  # A signal ends the waiting, not the machine.
  while kill -0 "$machine" 2>/dev/null; do
    code=0
    wait "$machine" || code=$?
  done
  kill "$watcher" 2>/dev/null || :
  rm -f "$folder/pid"
  exit "$code"
}

# The first process by choice: then unshare ends when all of its namespace has.
cut_power() {
  kill -KILL "$(cat "$folder/pid" 2>/dev/null || echo "$machine")" 2>/dev/null || :
}

main "$@"
