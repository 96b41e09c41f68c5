import { rootFile, rootLink, type TreeEntry } from './tree-entry.ts';

const UNIT = `[Unit]
Description=SSH host key of this node
Documentation=man:ssh-keygen(1)
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service sshd.service ssh.socket sshd.socket

[Service]
Type=oneshot
RemainAfterExit=yes
# Made under another name first: a cut must not leave half a key that blocks sshd for ever.
ExecStart=/usr/bin/ssh-keygen -q -t ed25519 -N "" -C "" -f /etc/ssh/ssh_host_new
ExecStart=/bin/sync /etc/ssh/ssh_host_new /etc/ssh/ssh_host_new.pub
ExecStart=/bin/mv /etc/ssh/ssh_host_new.pub /etc/ssh/ssh_host_ed25519_key.pub
ExecStart=/bin/mv /etc/ssh/ssh_host_new /etc/ssh/ssh_host_ed25519_key
`;

/** Host keys are made on a node's first boot: keys in an image would be the same on every node. */
export function planSshHostKeys(hasSshKeygen: boolean): TreeEntry[] {
  if (!hasSshKeygen) return [];
  return [
    rootFile('/usr/lib/systemd/system/kubeos-ssh-host-keys.service', UNIT),
    rootLink(
      '/usr/lib/systemd/system/multi-user.target.wants/kubeos-ssh-host-keys.service',
      '../kubeos-ssh-host-keys.service',
    ),
  ];
}
