/** Order of two RPM versions, `[epoch:]version[-release]`, as rpmvercmp does it; rpm-version(7). */
export function compareRpmVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.version, right.version) ||
    compareParts(left.release, right.release)
  );
}

function split(version: string): {
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
} {
  const [, epoch = '0', upstream = '', release = ''] =
    /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(version) ?? [];
  return { epoch: Number(epoch), version: upstream, release };
}

/** Separators only separate; a tilde is older than the end of a version, a caret newer than it. */
function compareParts(a: string, b: string): number {
  const [left, right] = [segments(a), segments(b)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareSegments(left[index], right[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function segments(part: string): readonly string[] {
  return part.match(/~|\^|\d+|[A-Za-z]+/g) ?? [];
}

function compareSegments(a: string | undefined, b: string | undefined): number {
  const order = rank(a) - rank(b);
  if (order !== 0 || a === undefined || b === undefined) return Math.sign(order);
  const [left, right] = /^\d/.test(a) ? [a.replace(/^0+/, ''), b.replace(/^0+/, '')] : [a, b];
  if (/^\d/.test(a) && left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** `1~rc` < `1` < `1^git` < `1a` < `1.1` */
function rank(segment: string | undefined): number {
  if (segment === '~') return 0;
  if (segment === undefined) return 1;
  if (segment === '^') return 2;
  return /^\d/.test(segment) ? 4 : 3;
}
