# /etc: the image's, with a layer on PERSIST above it. In mode `named` only named items of the layer last, so
# that nothing else survives a start or hides a newer image's file; in mode `mutable` everything does.

mount_etc() {
  layer=$newroot/persist/kubeos/etc
  [ "$persist_mode" != read-only ] || copy_layer_to_memory
  read_etc_mode
  if ! prepare_layer; then
    warn 'PERSIST has no room to prepare /etc: it is as it was, but changes are lost at the next start'
    copy_layer_to_memory
    prepare_layer || fail '/etc cannot be prepared'
  fi
  mount_etc_overlay || fail '/etc cannot be mounted'
}

# Fails where a full PERSIST does not let it; nothing that lasts is lost then.
prepare_layer() {
  # First, because its blocks may be the only free ones.
  rm -rf "$layer/work"
  reset_layer "$layer"
  mkdir -p "$layer/upper" || return 1
  if [ "$etc_mode" = named ]; then
    prune_layer "$layer" "$newroot/usr/lib/kubeos/etc-items" "$newroot/etc" || return 1
  fi
  list_shadowed "$layer/upper" "$newroot/etc" '' >/run/kubeos/etc-shadowed
  mkdir -p "$layer/work"
}

# reset_layer LAYER: removes what somebody asked to have as the image has it (`kubeos-agent persist reset`), one path a
# line. The list goes last, so a cut is cured by doing it again.
reset_layer() {
  [ -f "$1/reset" ] || return 0
  while IFS= read -r reset_path; do
    case "/$reset_path/" in
      // | */../*) continue ;;
    esac
    for part in upper kept; do
      case $reset_path in
        */*) is_plain_below "$1/$part" "${reset_path%/*}" || continue ;;
      esac
      rm -rf "$1/$part/$reset_path"
    done
  done <"$1/reset"
  rm -f "$1/reset"
}

# What decides how much of a node's changes counts is read only from the image.
read_etc_mode() {
  etc_mode=named
  read -r etc_mode 2>/dev/null <"$newroot/usr/lib/kubeos/etc-mode"
  [ "$etc_mode" = mutable ] || etc_mode=named
}

copy_layer_to_memory() {
  mkdir -p /run/kubeos/memory/etc
  for part in upper kept; do
    [ ! -d "$layer/$part" ] || cp -a "$layer/$part" /run/kubeos/memory/etc/
  done
  layer=/run/kubeos/memory/etc
}

mount_etc_overlay() {
  layers="lowerdir=$newroot/etc,upperdir=$layer/upper,workdir=$layer/work"
  # Without these features the layer is plain files, which can be pruned and which another image can go on with.
  # An overlay does not take on what its layers were mounted with.
  options=nosuid,nodev,$layers
  mount -t overlay -o "$options,redirect_dir=off,metacopy=off,index=off" overlay "$newroot/etc" 2>/dev/null ||
    mount -t overlay -o "$options" overlay "$newroot/etc"
}

# prune_layer LAYER ITEMS IMAGE-ETC
#
# Named items are renamed from `upper` to `kept`, in which every directory on the way is new (owner and mode
# as in the image, nothing hidden below it); then `upper` is removed and `kept` takes its name. Each item is
# at any moment in one of the two, so a cut is cured by doing it again. Fails, and removes nothing, when an item
# could not be moved: a full file system has no room for a new directory.
prune_layer() {
  interrupted=
  [ ! -d "$1/kept" ] || interrupted=yes
  keep_named "$1" "$2" "$3" || return 1
  # What an interrupted start had kept may have been named by another image.
  [ -z "$interrupted" ] || keep_named "$1" "$2" "$3"
}

keep_named() {
  mkdir -p "$1/kept" || return 1
  take_attributes "$3" "$1/kept"
  not_moved=
  # From the shortest path to the longest: what lies below a named directory moves with it.
  depth=1
  while move_items "$1" "$2" "$3" "$depth"; do
    depth=$((depth + 1))
  done
  [ -z "$not_moved" ] || return 1
  rm -rf "$1/upper"
  mv "$1/kept" "$1/upper"
}

# move_items LAYER ITEMS IMAGE-ETC DEPTH: false when no item has that many parts or more.
move_items() {
  has_more=
  [ -f "$2" ] || return 1
  while read -r item; do
    count_parts "$item"
    [ "$parts" -lt "$4" ] || has_more=yes
    [ "$parts" -eq "$4" ] && [ -n "$item" ] || continue
    for found in "$1/upper"/$item; do
      move_item "$1" "${found#"$1/upper/"}" "$3"
    done
  done <"$2"
  [ -n "$has_more" ]
}

count_parts() {
  parts=1 rest=$1
  while [ "$rest" != "${rest#*/}" ]; do
    parts=$((parts + 1)) rest=${rest#*/}
  done
}

# move_item LAYER PATH IMAGE-ETC
move_item() {
  exists "$1/upper/$2" || return 0
  case $2 in
    */*)
      is_plain_below "$1/upper" "${2%/*}" || return 0
      make_ancestors "$1/kept" "${2%/*}" "$3" || return 0
      ;;
  esac
  if is_real_directory "$1/upper/$2" && is_real_directory "$1/kept/$2"; then
    # An interrupted start has kept what another image named below it; mv would put the one into the other.
    cp -a "$1/upper/$2/." "$1/kept/$2/" || not_moved=yes
  else
    mv "$1/upper/$2" "$1/kept/$2" || not_moved=yes
  fi
}

# make_ancestors KEPT PATH IMAGE-ETC: false when the image has something else there than a directory.
make_ancestors() {
  ancestor= rest=$2
  while :; do
    ancestor=$ancestor/${rest%%/*}
    if exists "$3$ancestor" && ! is_real_directory "$3$ancestor"; then
      warn "/etc$ancestor is no directory in this image: what the node has below it is dropped"
      return 1
    fi
    if [ ! -d "$1$ancestor" ]; then
      if ! mkdir "$1$ancestor"; then
        not_moved=yes
        return 1
      fi
      [ ! -d "$3$ancestor" ] || take_attributes "$3$ancestor" "$1$ancestor"
    fi
    case $rest in
      */*) rest=${rest#*/} ;;
      *) return 0 ;;
    esac
  done
}

take_attributes() {
  chown --reference="$1" "$2"
  chmod --reference="$1" "$2"
}

# list_shadowed UPPER IMAGE-ETC PATH: files of the layer that hide one of the image.
list_shadowed() {
  for entry in "$1$3"/* "$1$3"/.[!.]* "$1$3"/..?*; do
    exists "$entry" || continue
    if is_real_directory "$entry"; then
      list_shadowed "$1" "$2" "$3/${entry##*/}"
    elif exists "$2$3/${entry##*/}"; then
      echo "/etc$3/${entry##*/}"
    fi
  done
}
