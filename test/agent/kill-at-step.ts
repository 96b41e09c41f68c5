import { Socket } from 'node:net';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { counted, type Functions } from '../release/kill-at-call.ts';

// Loaded before the daemon: ends it by SIGKILL just before its KUBEOS_KILL_AT-th change of a file system, flush, or message to
// another process.
counted(fs as unknown as Functions, ['symlink']);
counted(Socket.prototype as unknown as Functions, ['_write', '_writev']);
syncBuiltinESMExports();
