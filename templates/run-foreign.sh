# run-foreign.sh INTERPRETER MAGIC MASK TOOL ARGUMENT...
# Becomes TOOL, able to start programs of another processor architecture. Runs as uid 0 of a user namespace, which from
# Linux 6.7 on can say for itself what runs what (binfmt_misc). Before, or without the interpreter, it is as the host says.

if interpreter=$(command -v "$1") &&
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc 2>/dev/null; then
  # O and F: the kernel opens program and interpreter, so that a root file system needs neither; P: argv[0] stays.
  if ! printf '%s' ":kubeos:M::$2:$3:$interpreter:OPF" >/proc/sys/fs/binfmt_misc/register; then
    umount /proc/sys/fs/binfmt_misc
  fi
fi
shift 3
exec "$@"
