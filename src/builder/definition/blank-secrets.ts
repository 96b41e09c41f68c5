/** A key that holds a password, its value up to the end of the line or of a flow map. */
const SECRET = /(\bpass[A-Za-z]*["']?\s*[:=]\s*)(?:"[^"]*"?|'[^']*'?|[^\s,}#][^,}]*)/gi;

/** User and password in an address. */
const IN_ADDRESS = /(:\/\/)[^\s/@"']*@/g;

/** A line of a definition fit to be printed: values of password keys are blanked, and passwords in addresses. */
export function blankSecrets(line: string): string {
  return line.replaceAll(SECRET, '$1********').replaceAll(IN_ADDRESS, '$1********@');
}

/** Whether the value of this key may be shown. */
export function isSecretKey(key: string | number | undefined): boolean {
  return typeof key === 'string' && /^pass/i.test(key);
}
