import { MIB } from '../../../disk/layout.ts';

const KIB = 1024;

/** Bytes as people read them: 512 KiB, 1.5 MiB, 2560 MiB. */
export function sizeText(bytes: number): string {
  if (bytes < KIB) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  if (bytes < MIB) return `${rounded(bytes / KIB)} KiB`;
  return `${rounded(bytes / MIB)} MiB`;
}

/** A difference of sizes with its sign; "no change" for none. */
export function growthText(bytes: number): string {
  if (bytes === 0) return 'no change';
  return `${bytes > 0 ? '+' : '-'}${sizeText(Math.abs(bytes))}`;
}

function rounded(value: number): string {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
}
