# The kernel's command line, as GRUB or a network boot passes it.

read_command_line() {
  root_uuid= root_file= root_type=auto verity_hash= verity_offset= slot= is_trial= restart_seconds=30
  read -r command_line </proc/cmdline
  set -f
  for word in $command_line; do
    value=${word#*=}
    case $word in
      root=PARTUUID=*) root_uuid=${value#PARTUUID=} ;;
      kubeos.root=/*) root_file=$value ;;
      rootfstype=*) root_type=$value ;;
      kubeos.verity=*,*) verity_hash=${value%%,*} verity_offset=${value#*,} ;;
      kubeos.verity=*) fail "kubeos.verity=$value: expected root hash,hash offset" ;;
      kubeos.slot=*) slot=$value ;;
      kubeos.trial) is_trial=yes ;;
      panic=[1-9]*) restart_seconds=$value ;;
      panic=-*) restart_seconds=0 ;;
    esac
  done
  set +f
}
