/** A disk says of itself what it likes, and a terminal obeys some of it: only plain characters are shown. */
export const printable = (said: string): string => said.replaceAll(/[^\x20-\x7e]/g, '?').trim();
