import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

const UNIT = `[Unit]
Description=kubeos agent: upgrades this node
Documentation=https://github.com/kubeos/kubeos

[Service]
Type=notify
# systemd-notify speaks for it.
NotifyAccess=all
ExecStart=/usr/bin/kubeos-agent run
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

export const AGENT_PATH = '/usr/bin/kubeos-agent';

/** The agent, compiled to one file, and its unit, enabled. */
export function planAgent(program: Uint8Array | null): TreeEntry[] {
  if (program === null) return [];
  return [
    rootFile(AGENT_PATH, program, 0o755),
    rootFile('/usr/lib/systemd/system/kubeos-agent.service', UNIT),
    rootLink(
      '/usr/lib/systemd/system/multi-user.target.wants/kubeos-agent.service',
      '../kubeos-agent.service',
    ),
  ];
}
