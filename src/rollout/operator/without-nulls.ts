export type Fields = Readonly<Record<string, unknown>>;

/** What is not there is not named: null would be a value. */
export function withoutNulls(fields: Fields): Fields {
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    known.map(([name, value]) => [name, isFields(value) ? withoutNulls(value) : value]),
  );
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
