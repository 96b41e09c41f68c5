# Words for people go to the kernel's log: it reaches every console, and the journal keeps them with their time.

say() {
  echo "<6>kubeos: initramfs: $*" >/dev/kmsg
}

# Shown even with `quiet` on the command line.
warn() {
  echo "<2>kubeos: initramfs: $*" >/dev/kmsg || echo "kubeos: initramfs: $*"
}

# Restarts the machine: with counted boots the next start is one try nearer to the other slot.
fail() {
  warn "$*; restarting in ${restart_seconds:-30} s"
  sync
  [ -n "$is_trial" ] || sleep "${restart_seconds:-30}"
  restart
  # Without magic SysRq the end of init is a panic, and set_panic_timeout has given that a timeout.
  exit 1
}

# A trial ends in a panic, which waits by itself: firmware that keeps a panic's last words lets the next start say why.
restart() {
  [ -z "$is_trial" ] || echo c >/proc/sysrq-trigger
  echo b >/proc/sysrq-trigger
}

# Should this script itself end (a fault in it, a missing shell feature), the kernel panics, and must not stay there.
set_panic_timeout() {
  read -r panic_before </proc/sys/kernel/panic
  [ "$panic_before" != 0 ] || echo "$restart_seconds" >/proc/sys/kernel/panic
}

restore_panic_timeout() {
  echo "$panic_before" >/proc/sys/kernel/panic
}

# Also true of a link that leads nowhere, or only inside another root.
exists() {
  [ -e "$1" ] || [ -L "$1" ]
}

is_real_directory() {
  [ -d "$1" ] && [ ! -L "$1" ]
}

# is_plain_below BASE PATH: no part of PATH below BASE is a link, so that nothing leads out of BASE.
is_plain_below() {
  plain=$1
  plain_rest=${2#/}
  while :; do
    plain=$plain/${plain_rest%%/*}
    is_real_directory "$plain" || return 1
    case $plain_rest in
      */*) plain_rest=${plain_rest#*/} ;;
      *) return 0 ;;
    esac
  done
}
