import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { MessagePipe } from '../message-pipe.ts';
import { checkResultSchema, type CheckResult, type Look } from './health-check.ts';

const results = z.array(checkResultSchema).max(256);

/**
 * Rounds that another process looks. One that cannot be asked, or does not answer within `timeoutMs`, has failed: then
 * nobody knows that the node is healthy.
 */
export function remoteLook(connect: () => Promise<Duplex>, timeoutMs: number): Look & Disposable {
  let pipe: MessagePipe | null = null;
  const close = (): void => {
    pipe?.close();
    pipe = null;
  };
  const look = async (): Promise<readonly CheckResult[]> => {
    const timer = setTimeout(close, timeoutMs);
    try {
      pipe ??= new MessagePipe(await connect());
      await pipe.send('look');
      const message = await pipe.next();
      if (message === null) throw new KubeosError('INTERNAL', 'they ended early, or too late');
      return results.parse(message.says);
    } catch (error) {
      close();
      const message = error instanceof Error ? error.message.slice(0, 250) : 'they failed';
      return [{ name: 'checks', isGood: false, isRequired: true, blames: 'release', message }];
    } finally {
      clearTimeout(timer);
    }
  };
  return Object.assign(look, { [Symbol.dispose]: close });
}
