/**
 * Parses JSON text in UTF-8 so that integers beyond 2^53 come as decimal strings: OTLP allows 64-bit integers as JSON
 * numbers, which JSON.parse alone would round. Throws what JSON.parse and TextDecoder throw.
 */
export function parseExactJson(body: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  // The slow way only when a long run of digits stands where a value may stand.
  if (!/[:[,]\s*-?\d{16}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (_key: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? source : value;
  });
}
