import protobuf from 'protobufjs';

/**
 * The messages of Jaeger's query services as their .proto files declare them (jaeger-idl proto/api_v2, proto/api_v3,
 * proto/expression), as far as the tests speak them: what the code writes by hand is read by another reader there.
 */
const PROTO = `
syntax = "proto3";
message Timestamp { int64 seconds = 1; int32 nanos = 2; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message KeyValue { string key = 1; int32 v_type = 2; string v_str = 3; bool v_bool = 4; int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7; }
message Log { Timestamp timestamp = 1; repeated KeyValue fields = 2; }
message SpanRef { bytes trace_id = 1; bytes span_id = 2; int32 ref_type = 3; }
message Process { string service_name = 1; repeated KeyValue tags = 2; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string operation_name = 3; repeated SpanRef references = 4; uint32 flags = 5; Timestamp start_time = 6;
  Duration duration = 7; repeated KeyValue tags = 8; repeated Log logs = 9; Process process = 10; string process_id = 11; repeated string warnings = 12;
}
message SpansResponseChunk { repeated Span spans = 1; }
message GetTraceRequestV2 { bytes trace_id = 1; Timestamp start_time = 2; Timestamp end_time = 3; bool raw_traces = 4; }
message GetTraceRequestV3 { string trace_id = 1; Timestamp start_time = 2; Timestamp end_time = 3; bool raw_traces = 4; }
message FindTracesRequest { TraceQueryParameters query = 1; }
message TraceQueryParameters {
  string service_name = 1; string operation_name = 2; map<string, string> tags = 3; Timestamp start_time_min = 4; Timestamp start_time_max = 5;
  Duration duration_min = 6; Duration duration_max = 7; int32 search_depth = 8; bool raw_traces = 9; Call filter = 10;
}
message Expression { oneof term { Attr attr = 1; Field field = 2; Nested nested = 3; Scalar scalar = 4; List list = 5; Call call = 6; } }
message Attr { string key = 1; string level = 2; }
message Field { string name = 1; string level = 2; }
message Nested { string level = 1; }
message Scalar { string value = 1; string type = 2; }
message List { repeated string values = 1; string type = 2; }
message Call { string op = 1; repeated Expression args = 2; }
message GetOperationsRequest { string service = 1; string span_kind = 2; }
message GetDependenciesRequest { Timestamp start_time = 1; Timestamp end_time = 2; }
message GetServicesResponse { repeated string services = 1; }
message Operation { string name = 1; string span_kind = 2; }
message GetOperationsResponseV2 { repeated string operation_names = 1; repeated Operation operations = 2; }
message GetOperationsResponseV3 { repeated Operation operations = 1; }
message Dependency { string parent = 1; string child = 2; uint64 call_count = 3; }
message GetDependenciesResponse { repeated Dependency dependencies = 1; }
message ServiceSummary { string name = 1; int32 span_count = 2; int32 error_span_count = 3; }
message TraceSummary {
  string trace_id = 1; string root_service_name = 2; string root_operation_name = 3; fixed64 min_start_time_unix_nano = 4; fixed64 max_end_time_unix_nano = 5;
  int32 span_count = 6; int32 error_span_count = 7; int32 orphan_span_count = 8; repeated ServiceSummary services = 9;
}
message FindTraceSummariesResponse { repeated TraceSummary summaries = 1; }
`;

const { root } = protobuf.parse(PROTO, { keepCase: true });

/** A message of that name as bytes. Bytes within are given as Uint8Array, 64-bit integers as number or text. */
export function encodeProto(name: string, value: object): Buffer {
  const type = root.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

/** A message read: bytes as hex, 64-bit integers as texts, what is not set left out, repeated fields always lists. */
export function decodeProto(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(name);
  const json: unknown = JSON.parse(JSON.stringify(type.toObject(type.decode(bytes), { longs: String, bytes: Array, arrays: true, defaults: false }), (_key, value: unknown) => (isBytes(value) ? Buffer.from(value).toString('hex') : value)));
  // Safe because a message is an object.
  return json as Record<string, unknown>;
}

/** Seconds and nanoseconds, as Timestamp and Duration have them. */
export function protoTime(nano: bigint): { readonly seconds: string; readonly nanos: number } {
  return { seconds: String(nano / 1_000_000_000n), nanos: Number(nano % 1_000_000_000n) };
}

function isBytes(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((byte) => typeof byte === 'number');
}
