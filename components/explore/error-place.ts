/** Where in a query the server saw a fault, as UTF-16 offsets. */
export interface ErrorPlace {
  readonly from: number;
  readonly to: number;
}

/** `invalid parameter "query": 1:5: parse error: …`, `… (2:14)`: a line and a column, both from 1, the column in bytes. */
const PARSE_ERROR = /(?:^|[\s(])(\d+):(\d+)(?:: parse error|\)(?!.*\(\d+:\d+\)))/;

/** The place that a message of Prometheus names, over the word that stands there; `undefined` when it names none in `query`. */
export function errorPlace(message: string, query: string): ErrorPlace | undefined {
  const found = PARSE_ERROR.exec(message);
  const [line, column] = [Number(found?.[1]), Number(found?.[2])];
  if (found === null || line < 1 || column < 1) return undefined;
  const lines = query.split('\n');
  const text = lines[line - 1];
  if (text === undefined) return undefined;
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const inLine = offsetOfByte(text, column - 1);
  const word = /^(?:[\w:.]+|\s*\S)/.exec(text.slice(inLine))?.[0].length ?? 0;
  const to = start + Math.min(text.length, inLine + word);
  // At the end of the text nothing stands: the last character is marked.
  return to > start + inLine ? { from: start + inLine, to } : { from: Math.max(0, to - 1), to };
}

/** The message without what the reader sees anyway: which parameter it was. */
export function errorText(message: string): string {
  return message.replace(/^invalid parameter "query": /, '');
}

function offsetOfByte(text: string, bytes: number): number {
  let seen = 0;
  let offset = 0;
  for (const char of text) {
    if (seen >= bytes) return offset;
    seen += new TextEncoder().encode(char).length;
    offset += char.length;
  }
  return offset;
}
