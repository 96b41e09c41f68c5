# What makes a machine this node, from outside of its image: the files in kubeos/credentials on BOOT become system
# credentials of systemd (systemd.system-credentials(7)). It takes them from /run/credentials/@initrd, and then removes that.
# Nothing here keeps a node from starting: what cannot be taken is named, and left out.

# systemd keeps them in a file system of 1 MiB (CREDENTIALS_TOTAL_SIZE_MAX), where each takes whole pages of 4096 bytes.
credential_pages=256

# BOOT of the disk that root is on. Of two disks that are copies either may be another node's, whose name and address would
# then be there twice.
take_credentials() {
  [ -n "$root_disk" ] && [ -z "$refuses_credentials$has_double" ] || return 0
  boot_device=$(partition_of "$root_disk" 1)
  # The tables are those that vfat asks for in the kernels of distributions; the kernel itself loads others.
  modprobe -abq vfat nls_cp437 nls_ascii
  if ! mount -t vfat -o ro,nosuid,nodev,noexec,utf8=1 "$boot_device" /boot; then
    warn "BOOT (${boot_device:-no partition 1}) cannot be mounted: no credentials are taken from it"
    return 0
  fi
  [ ! -d /boot/kubeos/credentials ] || copy_credentials /boot/kubeos/credentials /run/credentials/@initrd
  # The agent cannot open what is mounted.
  umount /boot || umount -l /boot || warn "BOOT ($boot_device) cannot be unmounted"
}

# copy_credentials FROM TO
copy_credentials() {
  taken=0 taken_pages=0
  if ! mkdir -p "${2%/*}" || ! mkdir -m 0700 "$2"; then
    warn "$2 cannot be made: no credentials are taken from BOOT"
    return 0
  fi
  for credential in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$credential" || continue
    name=${credential##*/} fault=
    find_fault "$credential"
    [ -n "$fault" ] || copy_credential "$credential" "$2/$name"
    [ -z "$fault" ] || warn "BOOT, kubeos/credentials/$name is left out: $fault"
  done
  say "credentials taken from BOOT: $taken"
}

# find_fault FILE: names as credential_name_valid() of systemd has them; it passes over those that begin with a dot.
find_fault() {
  case $name in
    .*) fault='its name begins with a dot' ;;
    *:* | *[!\ -~]*) fault='its name may have printable letters of ASCII only, and no ":"' ;;
  esac
  [ -f "$1" ] || fault='it is no file'
  [ -z "$fault" ] || return 0
  size=$(stat -c %s "$1") || fault='it cannot be read'
  pages=$(((${size:-0} + 4095) / 4096))
  [ "$pages" -gt 0 ] || pages=1
  [ "$((taken_pages + pages))" -le "$credential_pages" ] ||
    fault='there is no room: systemd takes 1 MiB of credentials, each in whole pages of 4096 bytes'
}

# copy_credential FILE TO: nobody else may read it, from its first byte on, and half of one is none.
copy_credential() {
  if (umask 0377 && cp "$1" "$2"); then
    taken=$((taken + 1)) taken_pages=$((taken_pages + pages))
  else
    fault='it cannot be copied'
    rm -f "$2"
  fi
}
