# /var and the definition's persistent directories: on PERSIST, begun with what the image has there.

# The image's content is copied once per image; what a node has is never replaced.
mount_var() {
  seed_id=$(image_identity)
  seeded= is_seeding_whole=yes
  read -r seeded 2>/dev/null <"$newroot/persist/kubeos/seeded"
  [ "$persist_mode" = read-only ] || mkdir -p "$newroot/persist/kubeos"
  mount_lasting "$newroot/var" "$newroot/persist/var"
}

mount_persist_directories() {
  if [ -f "$newroot/usr/lib/kubeos/persist-directories" ]; then
    while read -r directory; do
      mount_persist_directory "$directory"
    done <"$newroot/usr/lib/kubeos/persist-directories"
  fi
  mark_seeded
}

mount_persist_directory() {
  if is_plain_below "$newroot" "$1"; then
    mount_lasting "$newroot$1" "$newroot/persist/directories$1"
  else
    warn "$1 is no directory of the root image: it does not last"
  fi
}

# mount_lasting IMAGE-DIRECTORY STORE: mounts STORE over the image's directory.
mount_lasting() {
  if [ "$persist_mode" = read-only ]; then
    mount_over_read_only "$1" "$2"
    return
  fi
  if [ "$seeded" != "$seed_id" ] || [ ! -d "$2" ]; then
    if ! seed "$1" "$2" "$newroot/persist/kubeos/incoming"; then
      warn "not everything of ${1#"$newroot"} was copied to PERSIST"
      is_seeding_whole=
    fi
  fi
  mount --bind "$2" "$1" || fail "${1#"$newroot"} cannot be mounted from PERSIST"
}

# PERSIST may not be written: its content shows, changes stay in memory.
mount_over_read_only() {
  lower=$2
  [ -d "$2" ] || lower=$1
  memory=/run/kubeos/memory${1#"$newroot"}
  mkdir -p "$memory/upper" "$memory/work"
  chmod --reference="$lower" "$memory/upper"
  chown --reference="$lower" "$memory/upper"
  # Like PERSIST itself: an overlay does not take on what its layers were mounted with.
  layers="lowerdir=$lower,upperdir=$memory/upper,workdir=$memory/work"
  mount -t overlay -o "nosuid,nodev,$layers" overlay "$1" ||
    fail "${1#"$newroot"} cannot be mounted"
}

image_identity() {
  release=
  read -r release 2>/dev/null <"$newroot/usr/lib/kubeos/release-id"
  echo "${release:-slot-$slot} $verity_hash"
}

# What could not be copied is tried again at the next start.
mark_seeded() {
  [ "$persist_mode" != read-only ] && [ "$seeded" != "$seed_id" ] && [ -n "$is_seeding_whole" ] || return 0
  sync
  echo "$seed_id" >"$newroot/persist/kubeos/seeded.new" &&
    mv "$newroot/persist/kubeos/seeded.new" "$newroot/persist/kubeos/seeded"
}

# seed SOURCE STORE INCOMING: copies what STORE lacks. Every copy is made whole in INCOMING, on the same file
# system, and then renamed: a cut leaves nothing half copied in its place.
seed() {
  if is_real_directory "$2"; then
    add_missing "$1" "$2" "$3"
  else
    mkdir -p "${2%/*}" && copy_whole "$1" "$2" "$3"
  fi
}

# Arguments, not variables, hold what must outlive the call of itself. Links on PERSIST are not followed.
add_missing() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    exists "$entry" || continue
    name=${entry##*/}
    if ! exists "$2/$name"; then
      copy_whole "$entry" "$2/$name" "$3" || return 1
    elif is_real_directory "$entry" && is_real_directory "$2/$name"; then
      add_missing "$entry" "$2/$name" "$3" || return 1
    fi
  done
}

copy_whole() {
  rm -rf "$3" && cp -a "$1" "$3" && sync && mv "$3" "$2" && return
  # On a full file system half a copy would take the room of the next attempt, and of the node.
  rm -rf "$3"
  return 1
}
