const UNITS = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** Bytes for reading, in GiB or TiB: `2045.3 GiB`. */
export function roughSize(bytes: number): string {
  const [name, size] = bytes >= 2 ** 42 ? UNITS[0] : UNITS[1];
  return `${Math.round((bytes / size) * 10) / 10} ${name}`;
}

/** Bytes as a definition writes them: the largest unit that divides them, `2560MiB`. */
export function formatSize(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes >= size && bytes % size === 0);
  return unit === undefined ? `${bytes} bytes` : `${bytes / unit[1]}${unit[0]}`;
}
