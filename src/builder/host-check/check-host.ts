import { access, readFile } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { isForeign } from '../../host/foreign-programs.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { locateTool } from '../../host/run-commands.ts';
import type { HostFact } from './host-fact.ts';
import { installCommand, type Install } from './install-command.ts';
import { observeForeignPrograms } from './observe-foreign-programs.ts';
import { observeSpace } from './observe-space.ts';
import type { RequiredFile, RequiredTool, Requirements } from './required-tools.ts';
import type { SpaceNeed } from './space-needs.ts';

export interface HostRequest {
  readonly requirements: Requirements;
  readonly spaces: readonly SpaceNeed[];
  readonly commands: Commands;
}

/** Looks at everything that a build will need, and stops at nothing: a person wants the whole list. */
export async function observeHost(request: HostRequest): Promise<HostFact[]> {
  const { tools, files, programsOf } = request.requirements;
  const runsForeign = programsOf !== null && isForeign(programsOf);
  return [
    ...(await observeTools(tools)),
    ...(await observeFiles(files)),
    await namespaceFact(request.commands),
    ...(runsForeign ? [await observeForeignPrograms(programsOf, request.commands)] : []),
    ...(await observeSpace(request.spaces)),
  ];
}

/** @throws KubeosError HOST_NOT_READY that lists all that is missing, with what to do about each */
export function assertHostReady(
  facts: readonly HostFact[],
  forWhat = 'to build',
  hint = 'kubeos doctor shows the whole list again',
): void {
  const missing = facts.filter((fact) => fact.remedy !== null);
  if (missing.length === 0) return;
  const lines = missing.map(
    ({ subject, found, purpose, remedy }) =>
      `  ${subject}: ${found} (for ${purpose})\n    ${remedy}`,
  );
  const message = `this host is not ready ${forWhat}:\n${lines.join('\n')}`;
  throw new KubeosError('HOST_NOT_READY', message, { hint });
}

export async function observeTools(tools: readonly RequiredTool[]): Promise<HostFact[]> {
  const install = await installCommand();
  return await Promise.all(tools.map(async (required) => await toolFact(required, install)));
}

export async function observeFiles(files: readonly RequiredFile[]): Promise<HostFact[]> {
  const install = await installCommand();
  return await Promise.all(files.map(async (required) => await fileFact(required, install)));
}

async function toolFact(required: RequiredTool, install: Install): Promise<HostFact> {
  const { tool: subject, purpose } = required;
  try {
    return { subject, purpose, found: await locateTool(subject), remedy: null };
  } catch {
    return { subject, purpose, found: 'not installed', remedy: install(required) };
  }
}

async function fileFact(required: RequiredFile, install: Install): Promise<HostFact> {
  const { file, purpose, debArch } = required;
  try {
    await access(file);
    return { subject: file, purpose, found: 'there', remedy: null };
  } catch {
    const isElsewhere = debArch !== undefined && isForeign(debArch);
    const remedy = isElsewhere ? foreignInstall(required, install) : install(required);
    return { subject: file, purpose, found: 'not there', remedy };
  }
}

/** dpkg installs packages of another architecture once it is told of it; rpm's are for all. */
function foreignInstall({ deb, rpm, debArch }: RequiredFile, install: Install): string {
  const command = install({ deb: `${deb}:${debArch}`, rpm });
  return command.startsWith('apt-get')
    ? `as root: dpkg --add-architecture ${debArch} && apt-get update && ${command}`
    : command;
}

export function namespaceProbe(): Command {
  return inNamespace({ tool: 'true', args: [] });
}

/** Tried, not guessed: kernel settings, AppArmor and missing subordinate ids all show here. */
async function namespaceFact(commands: Commands): Promise<HostFact> {
  const fact = { subject: 'user namespace', purpose: 'owners without root' };
  try {
    await commands.run(namespaceProbe());
    return { ...fact, found: 'works', remedy: null };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return {
      ...fact,
      found: text.trim().split('\n').at(-1) ?? 'fails',
      remedy: await namespaceRemedy(text),
    };
  }
}

async function namespaceRemedy(text: string): Promise<string> {
  const restriction = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  const restricted = await readFile(restriction, 'utf8').catch(() => '0');
  if (restricted.trim() === '1')
    return 'as root: sysctl kernel.apparmor_restrict_unprivileged_userns=0';
  if (/subuid|subgid|newuidmap|newgidmap/.test(text)) {
    return 'as root: usermod --add-subuids 200000-265535 --add-subgids 200000-265535 YOUR-USER';
  }
  return 'as root: sysctl user.max_user_namespaces=10000 (and kernel.unprivileged_userns_clone=1 where it exists)';
}
