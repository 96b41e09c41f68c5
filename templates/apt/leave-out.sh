#!/bin/sh
# A hook of mmdebstrap, for the moment when the essential packages are unpacked but not yet installed by dpkg: from
# then on dpkg leaves out what leave-out.cfg names. What was unpacked of it goes, and dpkg brings back what is to
# stay. As --dpkgopt mmdebstrap would start a Python program for each of these packages, longer than all else.
# Usage: leave-out.sh ROOT
set -eu
cp "${0%.sh}.cfg" "$1/etc/dpkg/dpkg.cfg.d/leave-out"
for name in doc man info locale lintian; do
  [ ! -d "$1/usr/share/$name" ] || find "$1/usr/share/$name" -mindepth 1 -delete
done
