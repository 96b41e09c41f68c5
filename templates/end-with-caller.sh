#!/bin/sh
# Runs a command that ends when the caller does, with everything that it started.
#
#   sh end-with-caller.sh COMMAND [ARGUMENT...]    as the leader of a process group
#
# The caller holds the other end of file descriptor 3 until the command has ended. However the caller dies, the kernel
# closes that end; then the whole group is killed. PR_SET_PDEATHSIG (prctl(2)) would reach the command alone: a helper
# of unshare(1), which waits for its parent to enter the namespace, would wait for ever.
# What a tool makes has to be the same whoever calls it: folders that tar or a script makes by the way are part of an image.
umask 022
(
	read -r _ <&3
	kill -KILL 0
) </dev/null >/dev/null 2>&1 &
exec 3<&-
exec "$@"
