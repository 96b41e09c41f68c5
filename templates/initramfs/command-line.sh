# The kernel's command line, as GRUB or a network boot passes it.

read_command_line() {
  root_uuid= root_file= root_type=auto verity_hash= verity_offset= slot= is_trial= restart_seconds=30 refuses_credentials=
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
      systemd.import[_-]credentials=*) read_import "$value" ;;
      panic=[1-9]*) restart_seconds=$value ;;
      panic=-*) restart_seconds=0 ;;
    esac
  done
  set +f
}

# As systemd reads it: what it would leave is not put there, where nobody would remove it.
read_import() {
  case $1 in
    0 | no | n | false | f | off) refuses_credentials=yes ;;
    *) refuses_credentials= ;;
  esac
}
