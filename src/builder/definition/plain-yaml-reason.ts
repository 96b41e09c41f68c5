interface PlainReason {
  readonly message: string;
  readonly suggestion?: string;
}

/** js-yaml's reasons in words of somebody who edits a file, with what to do. */
const REASONS: readonly (readonly [reason: RegExp, plain: PlainReason])[] = [
  [
    /^tab characters/,
    { message: 'a tab in the indentation', suggestion: 'indent with spaces, as YAML requires' },
  ],
  [
    /^bad indentation of a mapping entry/,
    {
      message: 'this line does not belong to anything above it',
      suggestion:
        'indent keys of one map alike, and put a value that contains ": " or " #" in quotes',
    },
  ],
  [
    /^bad indentation of a sequence entry/,
    {
      message: 'this line does not belong to the list above it',
      suggestion: 'indent all items of one list alike',
    },
  ],
  [
    /^deficient indentation/,
    {
      message: 'a [, { or quotation mark before this is not closed',
      suggestion: 'close it, or indent this line further if it belongs to it',
    },
  ],
  [
    /within a flow collection/,
    { message: 'a [ or { is not closed', suggestion: 'add the missing ] or }' },
  ],
  [
    /within a (?:single|double) quoted scalar/,
    { message: 'a quotation mark is not closed', suggestion: 'add the missing quotation mark' },
  ],
  [/^missed comma/, { message: 'a comma is missing between two items of a [ ] or { }' }],
  [
    /^expected ':' after a mapping key|multiline key|^end of the stream or a document/,
    {
      message: 'this line is neither "key: value" nor "- item", or it is indented wrongly',
      suggestion: 'compare its indentation with the lines above it',
    },
  ],
  [
    /^a whitespace character is expected after the key-value separator/,
    { message: 'a space is missing after the colon' },
  ],
  [
    /^unknown escape sequence|^expected hexadecimal character/,
    {
      message: 'a backslash that means nothing in double quotes',
      suggestion: 'use single quotes, or write \\\\',
    },
  ],
  [
    /non-printable|null byte|valid JSON character/,
    {
      message: 'a control character that YAML does not allow',
      suggestion: 'remove it, or bring the file in through source',
    },
  ],
  [
    /^expected the node content, but found ','/,
    { message: 'a comma with nothing before it', suggestion: 'remove the comma' },
  ],
  [/^nesting exceeded/, { message: 'more than 100 levels of nesting' }],
  [
    /scalar tag|explicit tag|tag handle|tag suffix|tag name/,
    { message: 'a YAML tag that is not taken', suggestion: 'remove the word that begins with "!"' },
  ],
];

export function plainYamlReason(reason: string): PlainReason {
  const known = REASONS.find(([pattern]) => pattern.test(reason));
  return known?.[1] ?? { message: `this is not valid YAML (${reason})` };
}
