import type { CommandReader } from '../command-runner.ts';
import { askHttp } from './ask-http.ts';
import { releaseCheck, type CheckResult } from './health-check.ts';

const TIMEOUT_MS = 3000;

export async function isKubeletEnabled(read: CommandReader): Promise<boolean> {
  const { stdout } = await read('systemctl', ['is-enabled', 'kubelet.service']);
  return stdout.trim() === 'enabled';
}

/** What kubelet says of itself. */
export async function kubeletCheck(url: string): Promise<CheckResult> {
  const { text } = await askHttp(url, TIMEOUT_MS);
  return releaseCheck('kubelet', text === 'ok', text);
}
