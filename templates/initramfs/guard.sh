# A machine that hangs starts again. From here on a watchdog is fed, until systemd takes it over; on a trial only until
# the deadline by which the agent has to run. The deadline holds without a watchdog too, as long as the kernel works.

watchdog_device=/dev/watchdog0

# /kubeos/limits, of the image's definition: ready_seconds, watchdog_seconds, watchdog_when.
start_guard() {
  guard_pid=
  . /kubeos/limits
  # Where the firmware keeps the last words of a kernel that panics, the next start can say why.
  [ -z "$is_trial" ] || modprobe -q efi_pstore
  find_watchdog
  [ -n "$watchdog$is_trial" ] || return 0
  guard &
  guard_pid=$!
}

# Drivers of hardware are tried before anything that may hang is loaded; the kernel's own timer is for a machine
# without, and panics, so that what it found lasts.
find_watchdog() {
  watchdog= watchdog_state=unused
  case $watchdog_when${is_trial:+-on-trial} in
    always* | trial-on-trial) load_watchdog ;;
    never*) watchdog_state=never ;;
  esac
  echo "$watchdog_state" >/run/kubeos/watchdog
}

load_watchdog() {
  kind=hardware
  [ ! -s /kubeos/watchdogs ] || modprobe -abq $(cat /kubeos/watchdogs)
  if [ ! -c "$watchdog_device" ]; then
    kind=software
    modprobe -q softdog "soft_margin=$watchdog_seconds" soft_panic=1
  fi
  if [ -c "$watchdog_device" ]; then
    watchdog=
    read -r watchdog 2>/dev/null </sys/class/watchdog/watchdog0/identity
    # Without a word here, the rest of the start would take it for none.
    : "${watchdog:=unnamed}"
    watchdog_state="$kind $watchdog"
  else
    watchdog_state=none
    warn 'there is no watchdog: a kernel that hangs stays there'
  fi
  say "watchdog: $watchdog_state"
}

# A device that cannot be opened leaves the deadline.
guard() {
  [ -z "$watchdog" ] || keep_alive 9>"$watchdog_device"
  keep_alive 9>/dev/null
}

# Closed without a "V", a watchdog goes on: what hangs between here and systemd is covered by what is left of its time.
keep_alive() {
  uptime_seconds
  until [ -n "$is_trial" ] && [ "$now" -ge "$ready_seconds" ]; do
    echo >&9
    sleep 5 9>&-
    uptime_seconds
  done
  warn "a trial that is still in the initramfs after $ready_seconds s: restarting"
  restart
}

# systemd opens the watchdog before it looks at any unit. On a trial what is logged is soon on the disk: a hang keeps
# nothing that is only in memory.
end_guard() {
  [ -z "$guard_pid" ] || kill "$guard_pid"
  [ -z "$watchdog" ] || configure system.conf '[Manager]' "RuntimeWatchdogSec=$watchdog_seconds"
  [ -z "$is_trial" ] || configure journald.conf '[Journal]' SyncIntervalSec=5s
}

# configure FILE LINE…
configure() {
  mkdir -p "/run/systemd/$1.d"
  # Named so that it comes after what the image sets.
  file=/run/systemd/$1.d/zz-kubeos.conf
  shift
  printf '%s\n' "$@" >"$file"
}
