/** Mean the same for every command. */
export const GLOBAL_OPTIONS = {
  json: {
    type: 'boolean',
    default: false,
    describe: 'Result as JSON on stdout, events as JSON lines on stderr',
  },
  quiet: { type: 'boolean', default: false, describe: 'No progress' },
  color: {
    type: 'boolean',
    default: true,
    describe: 'Colours on a terminal; also off with NO_COLOR',
  },
} as const;
