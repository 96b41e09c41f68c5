const SHORT_DIGITS = 12;

/** As a wish names a release: the first digits of its digest. */
export const shortDigest = (digest: string): string =>
  digest.replace(/^sha256:/, '').slice(0, SHORT_DIGITS);
