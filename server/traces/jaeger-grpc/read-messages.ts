import { ServerError } from '#server/server-error.ts';
import { ProtobufError, ProtobufReader } from '#server/wire/protobuf-reader.ts';
import { MAX_FILTER_DEPTH } from '../jaeger-api/filter-expression.ts';
import { malformed } from '../jaeger-api/read-parameters.ts';

const SECOND = 1_000_000_000n;
const MAX_NANO = 9_223_372_036_854_775_807n;
/** The first of January of the year 1, in Unix seconds: a time of Go that was not set. */
const GO_ZERO_SECONDS = -62_135_596_800;

/** GetTraceRequest, and ArchiveTraceRequest as far as it is looked at. In api_v2 the id is 16 bytes, in api_v3 text. */
export interface TraceRequest {
  readonly traceId: Buffer;
  readonly raw: boolean;
}
/** TraceQueryParameters of both versions; a time that is not given is undefined. */
export interface QueryMessage {
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fromUnixNano: bigint | undefined;
  readonly toUnixNano: bigint | undefined;
  readonly minDurationNano: bigint;
  readonly maxDurationNano: bigint;
  /** 0 for not given. */
  readonly depth: number;
  readonly raw: boolean;
  /** Of api_v3: the tree in the form that its JSON has. */
  readonly filter: object | undefined;
}

/**
 * Reads GetTraceRequest. This and what follows read the requests of `jaeger.api_v2` and `jaeger.api_v3` (jaeger-idl,
 * proto/api_v2/query.proto and proto/api_v3/query_service.proto), which number their fields alike. Fields that are not
 * known are passed over. Throws ServerError `bad-request` for what is no such message.
 */
export function readTraceRequest(bytes: Uint8Array): TraceRequest {
  let traceId: Buffer = Buffer.alloc(0);
  let raw = false;
  readMessage('a request for a trace', bytes, (reader) => {
    if (reader.field === 1) traceId = reader.bytes();
    else if (reader.field === 2 || reader.field === 3) readTimestamp(reader.message());
    else if (reader.field === 4) raw = reader.uint() !== 0;
    else reader.skip();
  });
  return { traceId, raw };
}

/** Reads FindTracesRequest and FindTraceSummariesRequest; undefined when there is no query in it. */
export function readFindRequest(bytes: Uint8Array): QueryMessage | undefined {
  let query: QueryMessage | undefined;
  readMessage('a search', bytes, (reader) => {
    if (reader.field === 1) query = readQuery(reader.message());
    else reader.skip();
  });
  return query;
}

/** Reads GetOperationsRequest; empty texts are not given. */
export function readOperationsRequest(bytes: Uint8Array): { readonly service: string; readonly spanKind: string } {
  let [service, spanKind] = ['', ''];
  readMessage('a request for operations', bytes, (reader) => {
    if (reader.field === 1) service = reader.string();
    else if (reader.field === 2) spanKind = reader.string();
    else reader.skip();
  });
  return { service, spanKind };
}

/** Reads GetDependenciesRequest; a time that is not given is undefined. */
export function readDependenciesRequest(bytes: Uint8Array): { readonly fromUnixNano: bigint | undefined; readonly toUnixNano: bigint | undefined } {
  let fromUnixNano: bigint | undefined;
  let toUnixNano: bigint | undefined;
  readMessage('a request for dependencies', bytes, (reader) => {
    if (reader.field === 1) fromUnixNano = readTimestamp(reader.message());
    else if (reader.field === 2) toUnixNano = readTimestamp(reader.message());
    else reader.skip();
  });
  return { fromUnixNano, toUnixNano };
}

function readMessage(what: string, bytes: Uint8Array, field: (reader: ProtobufReader) => void): void {
  try {
    const reader = new ProtobufReader(bytes);
    while (reader.next()) field(reader);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new ServerError('bad-request', `This is not ${what}: ${error.message}.`, { cause: error });
  }
}

function readQuery(reader: ProtobufReader): QueryMessage {
  const tags = new Map<string, string>();
  let [service, operation] = ['', ''];
  let [minDurationNano, maxDurationNano] = [0n, 0n];
  let [depth, raw] = [0, false];
  let fromUnixNano: bigint | undefined;
  let toUnixNano: bigint | undefined;
  let filter: object | undefined;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        service = reader.string();
        break;
      case 2:
        operation = reader.string();
        break;
      case 3: {
        const [key, value] = readPair(reader.message());
        tags.set(key, value);
        break;
      }
      case 4:
        fromUnixNano = readTimestamp(reader.message());
        break;
      case 5:
        toUnixNano = readTimestamp(reader.message());
        break;
      case 6:
        minDurationNano = readSeconds(reader.message()).nano;
        break;
      case 7:
        maxDurationNano = readSeconds(reader.message()).nano;
        break;
      case 8:
        depth = reader.int();
        break;
      case 9:
        raw = reader.uint() !== 0;
        break;
      case 10:
        filter = readCall(reader.message(), 1);
        break;
      default:
        reader.skip();
    }
  }
  return { service, operation, tags: Object.fromEntries(tags), fromUnixNano, toUnixNano, minDurationNano, maxDurationNano, depth, raw, filter };
}

/** An entry of a map, or a reference: two texts. */
function readPair(reader: ProtobufReader): [first: string, second: string] {
  const pair: [string, string] = ['', ''];
  while (reader.next()) {
    if (reader.field === 1) pair[0] = reader.string();
    else if (reader.field === 2) pair[1] = reader.string();
    else reader.skip();
  }
  return pair;
}

/** google.protobuf.Timestamp as Unix nanoseconds, at most what 64 bits hold; undefined for a time of Go that was not set. */
function readTimestamp(reader: ProtobufReader): bigint | undefined {
  const { seconds, nano } = readSeconds(reader);
  return seconds === GO_ZERO_SECONDS ? undefined : nano;
}

/** google.protobuf.Duration, which is laid out as Timestamp is. */
function readSeconds(reader: ProtobufReader): { readonly seconds: number; readonly nano: bigint } {
  let [seconds, nanos] = [0, 0];
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int();
    else if (reader.field === 2) nanos = reader.int();
    else reader.skip();
  }
  const nano = BigInt(seconds) * SECOND + BigInt(nanos);
  return { seconds, nano: nano > MAX_NANO ? MAX_NANO : nano < -MAX_NANO ? -MAX_NANO : nano };
}

/** `jaeger.expression.v1.Call` (proto/expression/v1/expression.proto) in the form of its JSON. */
function readCall(reader: ProtobufReader, depth: number): object {
  if (depth > MAX_FILTER_DEPTH) throw malformed('query.filter', `it is nested deeper than ${MAX_FILTER_DEPTH}`);
  let op = '';
  const args: object[] = [];
  while (reader.next()) {
    if (reader.field === 1) op = reader.string();
    else if (reader.field === 2) args.push(readExpression(reader.message(), depth));
    else reader.skip();
  }
  return { op, args };
}

function readExpression(reader: ProtobufReader, depth: number): object {
  let term = {};
  while (reader.next()) {
    switch (reader.field) {
      case 1: {
        const [key, level] = readPair(reader.message());
        term = { attr: { key, level } };
        break;
      }
      case 2: {
        const [name, level] = readPair(reader.message());
        term = { field: { name, level } };
        break;
      }
      case 3:
        term = { nested: { level: readPair(reader.message())[0] } };
        break;
      case 4: {
        const [value, type] = readPair(reader.message());
        term = { scalar: { value, type } };
        break;
      }
      case 5:
        term = { list: readList(reader.message()) };
        break;
      case 6:
        term = { call: readCall(reader.message(), depth + 1) };
        break;
      default:
        reader.skip();
    }
  }
  return term;
}

function readList(reader: ProtobufReader): { readonly values: readonly string[]; readonly type: string } {
  const values: string[] = [];
  let type = '';
  while (reader.next()) {
    if (reader.field === 1) values.push(reader.string());
    else if (reader.field === 2) type = reader.string();
    else reader.skip();
  }
  return { values, type };
}
