import { fromBase64, toBase64 } from './base64.ts';
import { badKey } from './errors.ts';

const begin = '-----BEGIN ';
const dashes = '-----';

/** A decoded PEM block. */
export interface PemBlock {
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The first block with one of the wanted labels; blocks before it (`EC PARAMETERS`) and text around are passed over.
 * @throws KeyFormatError
 */
export function readPem(text: string, wanted: readonly string[], subject: string): PemBlock {
  const expected = wanted.map((label) => `PEM "${label}"`).join(' or ');
  let seen: string | undefined;
  for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
    const labelEnd = text.indexOf(dashes, at + begin.length);
    const label = text.slice(at + begin.length, labelEnd);
    const bodyEnd = labelEnd < 0 ? -1 : text.indexOf(`${dashes}END ${label}${dashes}`, labelEnd);
    if (bodyEnd < 0) throw badKey(subject, 'a PEM block without its END line', expected);
    if (wanted.includes(label)) return { label, bytes: decodeBody(text.slice(labelEnd + 5, bodyEnd), subject) };
    seen ??= `PEM "${label.slice(0, 40)}"`;
    at = bodyEnd;
  }
  throw badKey(subject, seen ?? 'text without a PEM block', expected);
}

function decodeBody(body: string, subject: string): Uint8Array<ArrayBuffer> {
  if (body.includes(':')) throw badKey(subject, 'a PEM block with headers', 'an unencrypted PEM block');
  const bytes = fromBase64(body);
  if (bytes === undefined) throw badKey(subject, 'a PEM body that is not base64', 'base64');
  return bytes;
}

/** A PEM block with lines of 64 characters and a final line break. */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`${begin}${label}${dashes}`, ...lines, `${dashes}END ${label}${dashes}`, ''].join('\n');
}
