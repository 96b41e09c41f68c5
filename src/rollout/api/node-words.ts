import { z } from 'zod';

/**
 * What a node says, for people: it goes to terminals and logs, and a stolen node may say anything. Controls (the escapes of
 * ECMA-48, line ends) and characters that turn the direction of a line (Unicode's UAX #9) are shown as `?`.
 */
export const nodeWords = z.string().transform((said) => said.replaceAll(UNSHOWABLE, '?'));

const UNSHOWABLE = /[[\p{Cc}--\t]\u200e\u200f\u202a-\u202e\u2066-\u2069]/gv;
