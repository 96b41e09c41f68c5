import path from 'node:path';
import { z } from 'zod';
import { resolveBase } from '../../builder/bases/resolve-base.ts';
import { sourceDateEpoch } from '../../builder/build/source-date-epoch.ts';
import { loadDefinition } from '../../builder/definition/load-definition.ts';
import { diffLocks, type LockDiff } from '../../builder/lock/diff-locks.ts';
import { loadLockFile, lockPathOf } from '../../builder/lock/lock-file.ts';
import type { Lock } from '../../builder/lock/lock-schema.ts';
import { renderLockDiff } from '../../builder/lock/render-lock-diff.ts';
import { writeLockFile } from '../../builder/lock/write-lock-file.ts';
import { KubeosError } from '../../errors.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';

const argumentsSchema = z.object({
  definition: z.string(),
  set: z.array(z.string()).default([]),
  check: z.boolean().default(false),
  json: z.boolean(),
});

/** `kubeos lock`: writes down by digest what a build takes in; with --check only says what would change. */
export const runLockCommand: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const loaded = await loadDefinition({ file: options.definition, overrides: options.set });
  const current = await loadLockFile(loaded.file);
  if (options.check && current === null) throw lockMissing(loaded.file);
  const next = await makeLock(loaded, context.signal);
  const diff = current === null ? null : diffLocks(current.lock, next);
  // A lock that says the same is left as it is: archives sign anew several times a day.
  if (!options.check && diff?.isChanged !== false) {
    await writeLockFile(lockPathOf(loaded.file), next);
  }
  show({ context, json: options.json, diff, file: lockPathOf(loaded.file) });
  // LOCK_MISMATCH: CI opens a pull request on it.
  return options.check && diff?.isChanged === true ? 3 : 0;
};

async function makeLock(
  loaded: Awaited<ReturnType<typeof loadDefinition>>,
  signal: AbortSignal,
): Promise<Lock> {
  const { definition, directory } = loaded;
  const commands = hostCommands({ signal });
  return {
    lockVersion: 1,
    name: definition.name,
    arch: definition.arch,
    sourceDateEpoch: await sourceDateEpoch(loaded.file, process.env),
    base: await resolveBase({ definition, directory, commands, signal }),
  };
}

function lockMissing(definitionFile: string): KubeosError {
  const lock = path.relative(process.cwd(), lockPathOf(definitionFile));
  return new KubeosError('LOCK_MISMATCH', `there is no ${lock} to check`, {
    hint: 'run `kubeos lock` without --check first',
  });
}

interface Shown {
  readonly context: CliContext;
  readonly json: boolean;
  readonly diff: LockDiff | null;
  readonly file: string;
}

function show({ context, json, diff, file }: Shown): void {
  const where = path.relative(process.cwd(), file);
  if (json) {
    const result = { apiVersion: 'cli.kubeos/v1', kind: 'LockDiff', file: where, diff };
    context.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  context.stdout.write(diff === null ? `wrote ${where}\n` : renderLockDiff(diff));
}
