/** An element; what is not there is not written. */
export interface Element {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly children?: readonly (Element | string)[];
}

export const xmlDocument = (root: Element): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${element(root, '')}\n`;

/** What stands in a message of a node may be anything; what XML 1.0 cannot say (section 2.2) becomes U+FFFD. */
const UNSAYABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const sayable = (text: string): string =>
  text.toWellFormed().replaceAll(UNSAYABLE, '\ufffd').replaceAll('&', '&amp;');

/** A reader makes a space of each line's end in an attribute (section 3.3.3), unless it is a reference. */
const attribute = (text: string): string =>
  sayable(text)
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\t\n\r]/g, (character) => `&#${character.codePointAt(0)};`);

/** `>` too: `]]>` may not stand in text; and a reader would take a carriage return for a line's end. */
const text = (said: string): string =>
  sayable(said).replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');

function element({ name, attributes = {}, children = [] }: Element, indent: string): string {
  const said = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${attribute(String(value))}"`,
  );
  const open = `${indent}<${name}${said.join('')}`;
  if (children.length === 0) return `${open}/>`;
  const texts = children.filter((child) => typeof child === 'string');
  if (texts.length > 0) return `${open}>${texts.map(text).join('')}</${name}>`;
  const inner = children.flatMap((child) =>
    typeof child === 'string' ? [] : [element(child, `${indent}  `)],
  );
  return `${open}>\n${inner.join('\n')}\n${indent}</${name}>`;
}
