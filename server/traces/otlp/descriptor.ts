import protobuf from 'protobufjs';

/** One field: its type and number, `*` in front for repeated. */
type Field = readonly [type: string, id: number];

/**
 * OTLP's trace messages by field number (opentelemetry-proto collector/trace/v1, trace/v1, common/v1, resource/v1) and
 * google.rpc.Status with its details. Names are those of OTLP JSON, so that both encodings decode to the same shape.
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ExportTraceServiceRequest: { resourceSpans: ['*ResourceSpans', 1] },
  ExportTraceServiceResponse: { partialSuccess: ['ExportTracePartialSuccess', 1] },
  ExportTracePartialSuccess: { rejectedSpans: ['int64', 1], errorMessage: ['string', 2] },
  ResourceSpans: { resource: ['Resource', 1], scopeSpans: ['*ScopeSpans', 2], schemaUrl: ['string', 3] },
  Resource: { attributes: ['*KeyValue', 1], droppedAttributesCount: ['uint32', 2] },
  ScopeSpans: { scope: ['InstrumentationScope', 1], spans: ['*Span', 2], schemaUrl: ['string', 3] },
  InstrumentationScope: { name: ['string', 1], version: ['string', 2], attributes: ['*KeyValue', 3], droppedAttributesCount: ['uint32', 4] },
  Span: {
    traceId: ['bytes', 1],
    spanId: ['bytes', 2],
    traceState: ['string', 3],
    parentSpanId: ['bytes', 4],
    name: ['string', 5],
    kind: ['int32', 6],
    startTimeUnixNano: ['fixed64', 7],
    endTimeUnixNano: ['fixed64', 8],
    attributes: ['*KeyValue', 9],
    droppedAttributesCount: ['uint32', 10],
    events: ['*Event', 11],
    droppedEventsCount: ['uint32', 12],
    links: ['*Link', 13],
    droppedLinksCount: ['uint32', 14],
    status: ['Status', 15],
    flags: ['fixed32', 16],
  },
  Event: { timeUnixNano: ['fixed64', 1], name: ['string', 2], attributes: ['*KeyValue', 3], droppedAttributesCount: ['uint32', 4] },
  Link: { traceId: ['bytes', 1], spanId: ['bytes', 2], traceState: ['string', 3], attributes: ['*KeyValue', 4], droppedAttributesCount: ['uint32', 5], flags: ['fixed32', 6] },
  Status: { message: ['string', 2], code: ['int32', 3] },
  KeyValue: { key: ['string', 1], value: ['AnyValue', 2] },
  AnyValue: { stringValue: ['string', 1], boolValue: ['bool', 2], intValue: ['int64', 3], doubleValue: ['double', 4], arrayValue: ['ArrayValue', 5], kvlistValue: ['KeyValueList', 6], bytesValue: ['bytes', 7] },
  ArrayValue: { values: ['*AnyValue', 1] },
  KeyValueList: { values: ['*KeyValue', 1] },
  RpcStatus: { code: ['int32', 1], message: ['string', 2], details: ['*Any', 3] },
  Any: { typeUrl: ['string', 1], value: ['bytes', 2] },
  RetryInfo: { retryDelay: ['Duration', 1] },
  Duration: { seconds: ['int64', 1], nanos: ['int32', 2] },
  BadRequest: { fieldViolations: ['*FieldViolation', 1] },
  FieldViolation: { field: ['string', 1], description: ['string', 2] },
};

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(Object.entries(fields).map(([field, [type, id]]) => [field, type.startsWith('*') ? { rule: 'repeated', type: type.slice(1), id } : { type, id }])),
        // A oneof tells "set to its default" from "not set".
        ...(name === 'AnyValue' ? { oneofs: { value: { oneof: Object.keys(fields) } } } : {}),
      },
    ]),
  ),
});

/** The message type of that name. Throws for a name that is not in the table above: a bug. */
export function otlpMessage(name: string): protobuf.Type {
  return root.lookupType(name);
}
