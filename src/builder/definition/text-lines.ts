/** The lines of a text, to turn an offset into a line and column as editors count them. */
export interface TextLines {
  readonly lines: readonly string[];
  /** Offset of each line's first character. */
  readonly starts: readonly number[];
}

export function splitLines(text: string): TextLines {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\n|\r/g)) starts.push(match.index + match[0].length);
  const lines = starts.map((start, index) =>
    text.slice(start, starts[index + 1]).replace(/[\r\n]+$/, ''),
  );
  return { lines, starts };
}

/** Line and column from 1, in UTF-16 units. */
export function lineAndColumn(text: TextLines, offset: number): { line: number; column: number } {
  const next = text.starts.findIndex((start) => start > offset);
  const index = next === -1 ? text.starts.length - 1 : next - 1;
  return { line: index + 1, column: offset - (text.starts[index] ?? 0) + 1 };
}
