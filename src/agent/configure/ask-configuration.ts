import type { Duplex } from 'node:stream';
import { isErrorCode, KubeosError } from '../../errors.ts';
import { MessagePipe } from '../message-pipe.ts';
import {
  configurationOutcomeSchema,
  type ConfigurationOutcome,
  type ConfigurationResult,
} from './configuration-result.ts';
import { SettingsRefused } from './refusal.ts';
import type { ConfigureOrder } from './settings.ts';

/** Has another process do it. @throws SettingsRefused, KubeosError as it says, COMMAND_FAILED where it ended early */
export async function askConfiguration(
  connect: () => Promise<Duplex>,
  order: ConfigureOrder,
): Promise<ConfigurationResult> {
  const pipe = new MessagePipe(await connect());
  try {
    await pipe.send(order);
    const message = await pipe.next();
    if (message === null) throw new Error('nothing was answered');
    return resultOf(configurationOutcomeSchema.parse(message.says));
  } catch (cause) {
    if (cause instanceof KubeosError && cause.code !== 'INTERNAL') throw cause;
    throw new KubeosError('COMMAND_FAILED', 'the process that configures ended early', {
      cause,
      hint: "what it had changed is taken back by itself; journalctl -u 'kubeos-configure*' says why",
    });
  } finally {
    pipe.close();
  }
}

function resultOf(outcome: ConfigurationOutcome): ConfigurationResult {
  switch (outcome.kind) {
    case 'done':
      return outcome.result;
    case 'refused':
      throw new SettingsRefused(outcome.refusals);
    case 'failed': {
      const { code, message, hint } = outcome;
      const known = isErrorCode(code) && code !== 'INTERNAL' ? code : 'COMMAND_FAILED';
      throw new KubeosError(known, message, hint === undefined ? {} : { hint });
    }
    default:
      return outcome satisfies never;
  }
}
