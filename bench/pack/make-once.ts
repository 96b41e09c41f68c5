import { makePack } from '../../src/release/pack/make-pack.ts';
import { loadPair } from './load-pair.ts';

/** One pack, in a process of its own: node bench/pack/make-once.ts BASE NEW WORK OUTPUT LEVEL */
const [base = '', image = '', work = '', output = '', level = ''] = process.argv.slice(2);
const pair = loadPair([base, image], work);
await makePack({
  base: pair.base.image,
  image: pair.image.image,
  images: pair.images,
  output,
  parameters: { level: Number(level) },
});
