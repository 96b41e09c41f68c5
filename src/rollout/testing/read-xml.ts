export interface ReadElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly ReadElement[];
  readonly text: string;
}

interface Open extends ReadElement {
  readonly children: ReadElement[];
  text: string;
}

const TOKEN = /<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;

/**
 * The part of XML that a report is written in, read as strictly as its specification asks: no doctype, comment or CDATA, and
 * nothing that is not escaped. @throws Error for anything else
 */
export function readXml(document: string): ReadElement {
  const [, body] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([^]*)\n$/.exec(document) ?? [];
  if (body === undefined) throw new Error('no declaration');
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const found of body.matchAll(TOKEN)) {
    end = found.index + found[0].length;
    take(open, found);
  }
  const [element] = root.children;
  if (element === undefined || end !== body.length || open.length > 1 || root.text !== '') {
    throw new Error(`not well-formed at ${end}: ${body.slice(end, end + 40)}`);
  }
  return element;
}

function take(
  open: Open[],
  [, closes, opens, attributes = '', isEmpty, text]: RegExpExecArray,
): void {
  const inside = open.at(-1);
  if (inside === undefined) throw new Error('closed too often');
  if (text !== undefined) inside.text += unescaped(text.replaceAll(/\r\n?/g, '\n'));
  if (closes !== undefined && open.pop()?.name !== closes) throw new Error(`</${closes}>`);
  if (opens === undefined) return;
  const element: Open = { name: opens, attributes: read(attributes), children: [], text: '' };
  inside.children.push(element);
  if (isEmpty === '') open.push(element);
}

/** Line ends and tabs in an attribute are spaces to a reader (section 3.3.3). */
const read = (attributes: string): Record<string, string> =>
  Object.fromEntries(
    [...attributes.matchAll(ATTRIBUTE)].map(([, name = '', value = '']) => {
      return [name, unescaped(value.replaceAll(/[\t\n\r]/g, ' '))];
    }),
  );

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

function unescaped(text: string): string {
  if (text.includes(']]>')) throw new Error(']]> in text');
  return text.replaceAll(/&(?:#(\d+);|(\w+);)?/g, (all, code?: string, name?: string) => {
    const said = code === undefined ? NAMED[name ?? ''] : String.fromCodePoint(Number(code));
    if (said === undefined) throw new Error(`not escaped: ${all}`);
    return said;
  });
}
