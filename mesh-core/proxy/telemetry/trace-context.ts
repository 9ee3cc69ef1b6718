/** Where a trace stands: what `traceparent` or the B3 headers carry. */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits: the span that the next one is a child of. */
  readonly spanId: string;
  readonly sampled: boolean;
}
type Headers = Readonly<Record<string, string | string[] | undefined>>;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const HEX_16 = /^[0-9a-f]{16}$/;
const HEX_32 = /^[0-9a-f]{32}$/;
const ZEROS = /^0+$/;

/** All header names that carry a trace context. */
export const TRACE_HEADERS = ['traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'] as const;

/**
 * Reads the caller's context: W3C `traceparent` first, then B3 single, then B3 multi. Undefined for none or a malformed
 * one (a new trace then begins). Sources: W3C Trace Context section 3.2; openzipkin/b3-propagation.
 */
export function readTraceContext(headers: Headers): TraceContext | undefined {
  return readTraceparent(text(headers['traceparent'])) ?? readB3Single(text(headers['b3'])) ?? readB3Multi(headers);
}

/** The B3 "do not sample" decision without ids (`b3: 0`, `x-b3-sampled: 0`); undefined when nothing is said. */
export function readBareSamplingDecision(headers: Headers): boolean | undefined {
  const single = text(headers['b3']);
  if (single === '0') return false;
  if (single === '1' || single === 'd') return true;
  const sampled = text(headers['x-b3-sampled']);
  if (sampled === '0' || sampled === 'false') return false;
  if (sampled === '1' || sampled === 'true' || text(headers['x-b3-flags']) === '1') return true;
  return undefined;
}

/**
 * Writes `context` over what the caller sent: always `traceparent`; B3 only in the form in which the caller used it, so
 * that two formats in one request never disagree. `tracestate` is left as it is.
 */
export function writeTraceContext(headers: Record<string, string | string[] | undefined>, context: TraceContext, parentSpanId?: string): void {
  const flag = context.sampled ? '1' : '0';
  headers['traceparent'] = `00-${context.traceId}-${context.spanId}-0${flag}`;
  if (headers['b3'] !== undefined) headers['b3'] = `${context.traceId}-${context.spanId}-${flag}`;
  if (headers['x-b3-traceid'] !== undefined || headers['x-b3-sampled'] !== undefined) {
    headers['x-b3-traceid'] = context.traceId;
    headers['x-b3-spanid'] = context.spanId;
    headers['x-b3-sampled'] = flag;
    if (parentSpanId === undefined) delete headers['x-b3-parentspanid'];
    else headers['x-b3-parentspanid'] = parentSpanId;
  }
}

function readTraceparent(value: string): TraceContext | undefined {
  const match = TRACEPARENT.exec(value);
  if (match === null) return undefined;
  const [, version = '', traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined) || ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function readB3Single(value: string): TraceContext | undefined {
  const [traceId = '', spanId = '', sampled] = value.toLowerCase().split('-');
  return b3(traceId, spanId, sampled !== '0');
}

function readB3Multi(headers: Headers): TraceContext | undefined {
  return b3(text(headers['x-b3-traceid']).toLowerCase(), text(headers['x-b3-spanid']).toLowerCase(), readBareSamplingDecision(headers) ?? true);
}

function b3(traceId: string, spanId: string, sampled: boolean): TraceContext | undefined {
  const padded = HEX_16.test(traceId) ? traceId.padStart(32, '0') : traceId;
  if (!HEX_32.test(padded) || !HEX_16.test(spanId) || ZEROS.test(padded) || ZEROS.test(spanId)) return undefined;
  return { traceId: padded, spanId, sampled };
}

function text(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}
