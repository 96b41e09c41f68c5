import type { Slot } from '../../disk/grub-environment-slots.ts';
import { KubeosError } from '../../errors.ts';
import type { Manifest } from '../../release/manifest.ts';
import { orderFrom, otherSlot, type NodeState } from '../slots/node-state.ts';

/** What of a release is judged. */
export interface Judged extends Pick<Manifest, 'arch' | 'epoch'> {
  /** Of its image; null where it says none. */
  readonly name: string | null;
  /** Bytes that have to fit. */
  readonly image: { readonly size: number };
}

export interface PrepareQuestion {
  readonly state: NodeState;
  readonly booted: Slot;
  readonly release: { readonly digest: string; readonly manifest: Judged };
  /** Of this machine. */
  readonly arch: Manifest['arch'];
  /** Name of the image that runs; null where it has none: then every name fits. */
  readonly image: string | null;
  /** Bytes of the standby root partition. */
  readonly standbyBytes: number;
  /** A person takes an older release than the one that runs. */
  readonly allowOlder: boolean;
  /** A person tries a release again that failed on this node. */
  readonly allowFailed: boolean;
}

/** Why this release may not be written to the standby slot, all reasons at once; none where it may. */
export function refusePrepare(question: PrepareQuestion): KubeosError | null {
  const reasons = reasonsAgainst(question);
  const [first] = reasons;
  if (first === undefined) return null;
  const message = reasons.map(({ why }) => why).join('; ');
  return new KubeosError('REFUSED', message, { hint: first.remedy });
}

export interface Reason {
  readonly why: string;
  readonly remedy: string;
}

/** All that speaks against writing this release to the standby slot. */
export function reasonsAgainst(question: PrepareQuestion): readonly Reason[] {
  return RULES.flatMap((rule) => rule(question) ?? []);
}

type Rule = (question: PrepareQuestion) => Reason | null;

/** Only while the running slot is committed is the other one free to be overwritten. */
const runningIsCommitted: Rule = ({ state, booted }) =>
  state.environment[booted].ok
    ? null
    : {
        why: `slot ${booted} runs on trial and is not committed`,
        remedy: 'commit it first, or restart to go back to the other slot',
      };

const standbyIsNotNext: Rule = ({ state, booted }) => {
  const standby = otherSlot(booted);
  if (state.records[standby].state === 'trial') {
    return {
      why: `slot ${standby} is activated: the next boot is its trial`,
      remedy: 'restart, or cancel the activation first',
    };
  }
  if (state.environment.order !== orderFrom(standby)) return null;
  return {
    why: `slot ${standby} is what a rollback makes the next boot`,
    remedy: 'restart, or cancel the rollback first: kubeos-agent cancel',
  };
};

const fitsMachine: Rule = ({ arch, release: { manifest } }) =>
  manifest.arch === arch
    ? null
    : {
        why: `the release is for ${manifest.arch}, this machine is ${arch}`,
        remedy: 'name a release that was built for this machine',
      };

/** Epochs, floors and what lies on PERSIST are those of one image. */
const isSameImage: Rule = ({ image, release: { manifest } }) =>
  image === null || manifest.name === null || manifest.name === image
    ? null
    : {
        why: `the release is one of "${manifest.name}", this node runs "${image}"`,
        remedy: `name a release of "${image}", or install the node anew`,
      };

const fitsPartition: Rule = ({ standbyBytes, release: { manifest } }) =>
  manifest.image.size <= standbyBytes
    ? null
    : {
        why: `the image has ${manifest.image.size} bytes, the root partition ${standbyBytes}`,
        remedy: 'build it smaller, or install the node anew with larger root partitions',
      };

const isAboveFloor: Rule = ({ state, release: { manifest } }) =>
  manifest.epoch >= state.records.floor
    ? null
    : {
        why: `epoch ${manifest.epoch} is below this node's security floor ${state.records.floor}`,
        remedy: 'name a newer release: what is below the floor is known to be unsafe',
      };

const isNotOlder: Rule = ({ state, booted, release: { manifest }, allowOlder }) => {
  const running = state.records[booted].release;
  if (allowOlder || running === null || manifest.epoch >= running.epoch) return null;
  return {
    why: `epoch ${manifest.epoch} is older than epoch ${running.epoch}, which runs`,
    remedy: 'say that an older release is meant: --allow-older',
  };
};

const didNotFail: Rule = ({ state, release: { digest }, allowFailed }) => {
  const failed = state.records.failed.find((one) => one.digest === digest);
  if (allowFailed || failed === undefined) return null;
  return {
    why: `this release failed on this node before: ${failed.reason.message}`,
    remedy: 'name another release, or say that it is to be tried again: --allow-failed',
  };
};

const RULES: readonly Rule[] = [
  runningIsCommitted,
  standbyIsNotNext,
  fitsMachine,
  isSameImage,
  fitsPartition,
  isAboveFloor,
  isNotOlder,
  didNotFail,
];
