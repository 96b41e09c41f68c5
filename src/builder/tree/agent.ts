import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

const UNIT = `[Unit]
Description=kubeos agent: upgrades this node
Documentation=https://github.com/kubeos/kubeos
After=network-online.target
Wants=network-online.target

[Service]
Type=notify
ExecStart=/usr/bin/kubeos-agent run
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;

/** The agent, compiled to one file, and its unit, enabled. */
export function planAgent(program: Uint8Array | null): TreeEntry[] {
  if (program === null) return [];
  return [
    rootFile('/usr/bin/kubeos-agent', program, 0o755),
    rootFile('/usr/lib/systemd/system/kubeos-agent.service', UNIT),
    rootLink(
      '/usr/lib/systemd/system/multi-user.target.wants/kubeos-agent.service',
      '../kubeos-agent.service',
    ),
  ];
}
