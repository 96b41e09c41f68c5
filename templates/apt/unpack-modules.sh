#!/bin/sh
# A hook of mmdebstrap: stores kernel modules plain (docs/adr/0009), once for all builds from this root file system.
# Usage: unpack-modules.sh ROOT
set -eu
[ -d "$1/usr/lib/modules" ] || exit 0
find "$1/usr/lib/modules" -name '*.ko.xz' -print0 | xargs --null --no-run-if-empty --max-procs=2 --max-args=200 xz --decompress
for directory in "$1"/usr/lib/modules/*; do
  depmod --basedir "$1" "${directory##*/}"
done
