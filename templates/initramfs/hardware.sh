# Kernel modules: those that every boot needs, and those that the hardware asks for.

# One modprobe for all: each start of a program costs.
load_listed_modules() {
  [ -s /kubeos/modules ] || return 0
  modprobe -a $(cat /kubeos/modules) || warn 'not every kernel module could be loaded'
}

# Loads what the devices found since the last call ask for; aliases that nothing here answers to are passed over.
load_hardware_modules() {
  new_aliases=
  for modalias in /sys/bus/*/devices/*/modalias; do
    read -r alias <"$modalias" || continue
    case " $known_aliases " in
      *" $alias "*) continue ;;
    esac
    known_aliases="$known_aliases $alias"
    new_aliases="$new_aliases $alias"
  done 2>/dev/null
  [ -n "$new_aliases" ] || return 0
  set -f
  modprobe -abq $new_aliases
  set +f
}
