#!/bin/sh
# network.sh ADDRESS PROGRAM ARGUMENT…: in a network namespace of its own, makes the network of host nodes and runs a program.
set -eu
ip link set lo up
ip link add nodes type bridge
ip address add "$1/16" dev nodes
ip link set nodes up
shift
exec "$@"
