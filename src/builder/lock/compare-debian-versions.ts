/**
 * Order of two Debian versions, `[epoch:]upstream[-revision]`: negative when `a` is older, 0 when they are
 * equal. deb-version(7), sorting algorithm.
 */
export function compareDebianVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

function split(version: string): {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
} {
  const [, epoch = '0', upstream = '', revision = ''] =
    /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(version) ?? [];
  return { epoch: Number(epoch), upstream, revision };
}

/** Non-digit and digit runs in turn: the former by character, the latter by number. */
function compareParts(a: string, b: string): number {
  let [left, right] = [a, b];
  while (left !== '' || right !== '') {
    const [leftRun, rightRun] = [run(left, /^\D*/), run(right, /^\D*/)];
    const [leftNumber, rightNumber] = [
      run(left.slice(leftRun.length), /^\d*/),
      run(right.slice(rightRun.length), /^\d*/),
    ];
    const order =
      compareRuns(leftRun, rightRun) || Math.sign(compareNumbers(leftNumber, rightNumber));
    if (order !== 0) return order;
    left = left.slice(leftRun.length + leftNumber.length);
    right = right.slice(rightRun.length + rightNumber.length);
  }
  return 0;
}

function run(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[0] ?? '';
}

function compareRuns(a: string, b: string): number {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = weight(a[index]) - weight(b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** A tilde before the end of the part, the end before letters, letters before everything else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.codePointAt(0) ?? 0;
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** Without Number: a date-like version can have more digits than a double holds. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
