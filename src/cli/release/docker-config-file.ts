import { homedir } from 'node:os';
import path from 'node:path';

/** Where `docker login` and podman keep what they know. */
export function dockerConfigFile(): string {
  const { REGISTRY_AUTH_FILE: file, DOCKER_CONFIG: directory } = process.env;
  return file ?? path.join(directory ?? path.join(homedir(), '.docker'), 'config.json');
}
