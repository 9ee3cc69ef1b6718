/** 1 = a character of a token (RFC 9110 section 5.6.2). */
export const TOKEN: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code)) ? 1 : 0));

/** 1 = a character of a field value: tab, space, visible, or a byte beyond ASCII (RFC 9110 section 5.5). */
export const VALUE: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => (code === 9 || (code >= 32 && code !== 127) ? 1 : 0));

/** Is the text a token? */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((TOKEN[text.charCodeAt(i)] ?? 0) === 0) return false;
  return text !== '';
}

/** Is it the first byte of a method, or of the empty lines before one? What begins otherwise (TLS) may never end its line. */
export function mayBeginRequest(byte: number | undefined): boolean {
  return byte === 10 || byte === 13 || (TOKEN[byte ?? 0] ?? 0) !== 0;
}

/** May the text be written as a field value: one byte for each character, none of them a control character? */
export function isFieldValue(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((VALUE[text.charCodeAt(i)] ?? 0) === 0) return false;
  return true;
}

/** A copy of a text of one byte for each character. A part of a text keeps the whole of it in memory; a copy does not. */
export function ownCopy(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
