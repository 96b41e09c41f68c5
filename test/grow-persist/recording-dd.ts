import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { locateTool } from '../../src/host/run-commands.ts';
import type { RecordedWrite } from './crash-states.ts';

/** A `dd` that keeps what is written to one file, in order, and then lets the real dd do it. */
export interface Recorder {
  /** To come first on PATH. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  writes(): Promise<RecordedWrite[]>;
}

const SCRIPT = `#!/bin/sh
flush=cached
for word in "$@"; do
  case $word in
    if=*) input=\${word#if=} ;;
    of=*) output=\${word#of=} ;;
    bs=*) unit=\${word#bs=} ;;
    seek=*) seek=\${word#seek=} ;;
    conv=*fsync*) flush=flushed ;;
  esac
done
if [ "$output" = "$RECORDED_DISK" ]; then
  [ "$unit" = 512 ] || exit 99
  number=$(ls "$RECORD" | wc -l)
  cp "$input" "$RECORD/$(printf %04d "$number")-$seek-$flush"
fi
exec "$REAL_DD" "$@"
`;

/** @param disk the path by which the script under test is told of the disk */
export async function recordingDd(directory: string, disk: string): Promise<Recorder> {
  const record = path.join(directory, 'record');
  const bin = path.join(directory, 'bin');
  await mkdir(record);
  await mkdir(bin);
  await writeFile(path.join(bin, 'dd'), SCRIPT);
  await chmod(path.join(bin, 'dd'), 0o755);
  return {
    directory: bin,
    environment: { RECORD: record, RECORDED_DISK: disk, REAL_DD: await locateTool('dd') },
    writes: async () => {
      const names = (await readdir(record)).toSorted();
      return await Promise.all(names.map(async (name) => await readWrite(record, name)));
    },
  };
}

async function readWrite(record: string, name: string): Promise<RecordedWrite> {
  const [, sector, flush] = name.split('-');
  return {
    sector: Number(sector),
    bytes: await readFile(path.join(record, name)),
    isFlushed: flush === 'flushed',
  };
}
