import { QueryError } from '#server/promql/metrics-backend.ts';
import { successSchema } from './schemas.ts';

/** An answer of the API: its data, still as JSON text, and what was noted. */
export interface Envelope {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

const HEAD = /^\{"status":"success",(?:"isPartial":(true|false),)?"data":(?=\{"resultType":)/;
/** Members that may follow the data of a query. A quote inside a string is escaped, so that none of these can be part of a label. */
const TAILS = ['},"warnings":', '},"infos":', '},"stats":{', '},"trace":', '},"errorType":', '},"isPartial":'].map((text) => Buffer.from(text));
const PARTIAL = 'the server could read a part of its data only';

/**
 * Takes the data of a query out of its envelope without reading it, where the envelope is written as the known servers do, else by
 * parsing the whole. Throws QueryError `unavailable` for what is no successful answer.
 */
export function openEnvelope(body: Uint8Array<ArrayBuffer>, host: string): Envelope {
  const head = HEAD.exec(Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 80)).toString('latin1'));
  if (head === null) return openByParsing(body, host);
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const from = head[0].length;
  let end = buffer.length;
  while (end > from && (buffer[end - 1] ?? 0) <= 0x20) end--;
  const tails = TAILS.map((tail) => buffer.indexOf(tail, from)).filter((at) => at !== -1);
  const dataEnd = tails.length === 0 ? end - 1 : Math.min(...tails) + 1;
  if (buffer[end - 1] !== 0x7d || buffer[dataEnd - 1] !== 0x7d) throw notTheApi(body, host);
  const rest = tails.length === 0 ? {} : parse(buffer.toString('utf8', dataEnd + 1, end).replace(/^/, '{'), body, host);
  const notes = successSchema.safeParse({ status: 'success', data: null, ...(typeof rest === 'object' ? rest : {}) });
  if (!notes.success) throw notTheApi(body, host);
  const partial = head[1] === 'true' || notes.data.isPartial === true;
  return { data: body.subarray(from, dataEnd), warnings: [...(notes.data.warnings ?? []), ...(partial ? [PARTIAL] : [])], infos: notes.data.infos ?? [] };
}

/** The whole answer, parsed. Throws QueryError `unavailable` for what is no successful answer. */
export function parseEnvelope(body: Uint8Array, host: string): { readonly data: unknown; readonly warnings: readonly string[]; readonly infos: readonly string[] } {
  const envelope = successSchema.safeParse(parse(new TextDecoder().decode(body), body, host));
  if (!envelope.success) throw notTheApi(body, host);
  const { data, warnings, infos, isPartial } = envelope.data;
  return { data, warnings: [...(warnings ?? []), ...(isPartial === true ? [PARTIAL] : [])], infos: infos ?? [] };
}

/** For an answer that no client of the API could read. */
export function notTheApi(body: Uint8Array, host: string): QueryError {
  return new QueryError('unavailable', `${host} does not answer as the Prometheus API does: ${new TextDecoder().decode(body.subarray(0, 120))}`);
}

function openByParsing(body: Uint8Array, host: string): Envelope {
  const { data, ...notes } = parseEnvelope(body, host);
  return { data: new TextEncoder().encode(JSON.stringify(data)), ...notes };
}

function parse(text: string, body: Uint8Array, host: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw notTheApi(body, host);
  }
}
