#!/bin/sh
# Runs a command with a folder in memory: dpkg syncs after each step, and on a disk that is most of its time.
# Only for a mount namespace of its own, as src/host/in-namespace.ts makes it: nothing is unmounted, the kernel
# does that, and frees the memory, when the namespace ends.
# Usage: in-memory.sh DIRECTORY COMMAND [ARGUMENT...]
set -eu
mount -t tmpfs -o mode=0755,size=80% tmpfs "$1"
shift
exec "$@"
