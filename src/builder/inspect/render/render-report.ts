import type {
  DiskReport,
  Finding,
  ImageReport,
  PartitionReport,
  ReleaseReport,
  RootImageReport,
  SlotReport,
} from '../image-report.ts';
import { columns } from './columns.ts';
import { systemLines } from './render-system.ts';
import { sizeText } from './sizes.ts';

/** A report as text for a terminal; what is wrong stands first. */
export function renderReport(report: ImageReport): string {
  const lines = [
    `${report.path}: ${kindText(report)}, ${sizeText(report.size)}`,
    ...findingLines(report.findings),
    ...bodyLines(report),
  ];
  return `${lines.join('\n')}\n`;
}

function kindText({ kind, format }: ImageReport): string {
  switch (kind) {
    case 'disk':
      return `disk in ${format} format`;
    case 'root-image':
      return format === 'raw' ? 'root image' : `root image in ${format} format`;
    case 'release':
      return 'release';
    default:
      return kind satisfies never;
  }
}

const MARKS = { fault: 'FAULT', note: 'note', ok: 'ok' } as const;
const ORDER = ['fault', 'note', 'ok'] as const;

function findingLines(findings: readonly Finding[]): string[] {
  const sorted = ORDER.flatMap((level) => findings.filter((finding) => finding.level === level));
  return columns(sorted.map(({ level, subject, text }) => [MARKS[level], subject, text]));
}

function bodyLines(report: ImageReport): string[] {
  switch (report.kind) {
    case 'disk':
      return diskLines(report);
    case 'root-image':
    case 'release':
      return ['', ...singleLines(report)];
    default:
      return report satisfies never;
  }
}

function singleLines(report: RootImageReport | ReleaseReport): string[] {
  const release = report.kind === 'release' ? report.release : null;
  return systemLines({ release, root: report.root, verity: report.verity });
}

function diskLines(report: DiskReport): string[] {
  return [
    '',
    `Partitions (disk ${report.diskGuid})`,
    ...columns([
      ['#', 'label', 'type', 'start', 'size', 'file system'],
      ...report.partitions.map(partitionRow),
    ]),
    ...report.slots.flatMap((slot) => [
      '',
      `Slot ${slot.slot}${stateText(report, slot.slot)}${useText(report, slot)}`,
      ...systemLines(slot),
    ]),
  ];
}

/** UEFI specification table 5.7, and the Discoverable Partitions Specification. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['C12A7328-F81F-11D2-BA4B-00A0C93EC93B', 'EFI system'],
  ['4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709', 'Linux root, x86-64'],
  ['B921B045-1DF0-41C3-AF44-4C6F280D3FAE', 'Linux root, arm64'],
  ['4D21B016-B534-45C2-A9FB-5C16E091FD2D', 'Linux variable data'],
  ['21686148-6449-6E6F-744E-656564454649', 'BIOS boot'],
  ['0FC63DAF-8483-4772-8E79-3D69D8477DE4', 'Linux data'],
]);

/** Bit 60 of the attributes: the Discoverable Partitions Specification's "read-only". */
const READ_ONLY = 'GUID:60';

function partitionRow(partition: PartitionReport): string[] {
  const { number, label, typeGuid, start, size, fileSystem, attributes } = partition;
  const type = TYPES.get(typeGuid) ?? typeGuid;
  return [
    ...[String(number), label],
    attributes.includes(READ_ONLY) ? `${type}, read-only` : type,
    ...[sizeText(start), sizeText(size), fileSystem?.type ?? 'none'],
  ];
}

function stateText({ boot }: DiskReport, slot: 'A' | 'B'): string {
  if (boot === null) return '';
  const { ok, tries } = boot.environment.slots[slot];
  const first = boot.next === slot ? ', tried first' : '';
  if (ok) return ` (committed${first})`;
  return tries === 0 ? ' (may not boot)' : ` (on trial, ${tries} tries left${first})`;
}

function useText({ partitions }: DiskReport, { partition, imageSize }: SlotReport): string {
  const found = partitions.find(({ number }) => number === partition);
  if (found === undefined || imageSize === null) return '';
  return `, ${sizeText(imageSize)} of ${sizeText(found.size)} used`;
}
