import { messageTypes } from '../protobuf/message-types.ts';

/** The media type that clients ask for, and the one to answer with: `@` is not allowed in a media type, and Go's parser says so. */
export const OPENAPI_V2_PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
export const OPENAPI_V2_PROTOBUF_ANSWER = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

type Json = Readonly<Record<string, unknown>>;

/** What of gnostic's OpenAPI v2 messages our document fills. Source: google/gnostic-models, openapiv2/OpenAPIv2.proto. */
const MESSAGES = messageTypes('openapi', {
  Document: { swagger: [1, 'string'], info: [2, 'Info'], paths: [8, 'Paths'], definitions: [9, 'NamedSchemas'] },
  Info: { title: [1, 'string'], version: [2, 'string'] },
  Any: { yaml: [2, 'string'] },
  NamedAny: { name: [1, 'string'], value: [2, 'Any'] },
  Paths: { path: [2, '[]NamedPathItem'] },
  NamedPathItem: { name: [1, 'string'], value: [2, 'PathItem'] },
  PathItem: { get: [2, 'Operation'], put: [3, 'Operation'], post: [4, 'Operation'], delete: [5, 'Operation'], patch: [8, 'Operation'], parameters: [9, '[]ParametersItem'] },
  Operation: { tags: [1, '[]string'], operationId: [5, 'string'], produces: [6, '[]string'], consumes: [7, '[]string'], parameters: [8, '[]ParametersItem'], responses: [9, 'Responses'], schemes: [10, '[]string'], vendorExtension: [13, '[]NamedAny'] },
  ParametersItem: { parameter: [1, 'Parameter'] },
  Parameter: { bodyParameter: [1, 'BodyParameter'], nonBodyParameter: [2, 'NonBodyParameter'] },
  BodyParameter: { name: [2, 'string'], in: [3, 'string'], required: [4, 'bool'], schema: [5, 'Schema'] },
  NonBodyParameter: { queryParameterSubSchema: [3, 'QueryParameter'], pathParameterSubSchema: [4, 'PathParameter'] },
  QueryParameter: { in: [2, 'string'], description: [3, 'string'], name: [4, 'string'], type: [6, 'string'], uniqueItems: [20, 'bool'] },
  PathParameter: { required: [1, 'bool'], in: [2, 'string'], description: [3, 'string'], name: [4, 'string'], type: [5, 'string'] },
  Responses: { responseCode: [1, '[]NamedResponseValue'] },
  NamedResponseValue: { name: [1, 'string'], value: [2, 'ResponseValue'] },
  ResponseValue: { response: [1, 'Response'] },
  Response: { description: [1, 'string'], schema: [2, 'SchemaItem'] },
  SchemaItem: { schema: [1, 'Schema'] },
  NamedSchemas: { additionalProperties: [1, '[]NamedSchema'] },
  NamedSchema: { name: [1, 'string'], value: [2, 'Schema'] },
  AdditionalPropertiesItem: { schema: [1, 'Schema'] },
  TypeItem: { value: [1, '[]string'] },
  ItemsItem: { schema: [1, '[]Schema'] },
  Schema: {
    ref: [1, 'string'], format: [2, 'string'], description: [4, 'string'], maximum: [7, 'double'], minimum: [9, 'double'], maxLength: [11, 'int64'], minLength: [12, 'int64'], pattern: [13, 'string'],
    maxItems: [14, 'int64'], minItems: [15, 'int64'], maxProperties: [17, 'int64'], minProperties: [18, 'int64'], required: [19, '[]string'], enum: [20, '[]Any'],
    additionalProperties: [21, 'AdditionalPropertiesItem'], type: [22, 'TypeItem'], items: [23, 'ItemsItem'], properties: [25, 'NamedSchemas'], vendorExtension: [31, '[]NamedAny'],
  },
});
const SAME_NAME: readonly string[] = ['format', 'description', 'maximum', 'minimum', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'maxProperties', 'minProperties', 'required'];

/** A document is encoded once: it takes a quarter of a second, and this thread serves everybody. */
const encoded = new WeakMap<object, Uint8Array>();

/** An OpenAPI v2 document in gnostic's protobuf form, which kubectl asks for. */
export function encodeOpenapiV2(document: object): Uint8Array {
  const bytes = encoded.get(document) ?? encode(document);
  encoded.set(document, bytes);
  return bytes;
}

function encode(document: object): Uint8Array {
  const { swagger, info, paths, definitions } = document as Json;
  const type = MESSAGES.lookupType('openapi.Document');
  return type.encode(type.fromObject({ swagger, info, paths: { path: named(paths, pathItem) }, definitions: schemas(definitions) })).finish();
}

function named(values: unknown, form: (value: Json) => object): object[] {
  return Object.entries(values as Readonly<Record<string, Json>>).map(([name, value]) => ({ name, value: form(value) }));
}

function schemas(values: unknown): object {
  return { additionalProperties: named(values, schema) };
}

function schema(value: Json): object {
  const { $ref, type, items, properties, additionalProperties } = value;
  return {
    ...Object.fromEntries(Object.entries(value).filter(([key]) => SAME_NAME.includes(key))),
    ...($ref === undefined ? {} : { ref: $ref }),
    ...(type === undefined ? {} : { type: { value: [type] } }),
    ...(items === undefined ? {} : { items: { schema: [schema(items as Json)] } }),
    ...(properties === undefined ? {} : { properties: schemas(properties) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: { schema: schema(additionalProperties as Json) } }),
    ...(Array.isArray(value['enum']) ? { enum: value['enum'].map(anyOf) } : {}),
    vendorExtension: extensions(value),
  };
}

/** JSON is YAML. */
function anyOf(value: unknown): object {
  return { yaml: JSON.stringify(value) };
}

function extensions(value: Json): object[] {
  return Object.entries(value).filter(([key]) => key.startsWith('x-')).map(([name, item]) => ({ name, value: anyOf(item) }));
}

function pathItem(value: Json): object {
  const { parameters, ...methods } = value;
  return { ...Object.fromEntries(Object.entries(methods).map(([method, operation]) => [method, operationMessage(operation as Json)])), ...(Array.isArray(parameters) ? { parameters: parameters.map(parameter) } : {}) };
}

function operationMessage(operation: Json): object {
  const { tags, operationId, produces, consumes, schemes, parameters, responses } = operation;
  return {
    tags, operationId, produces, consumes, schemes,
    parameters: (parameters as readonly Json[]).map(parameter),
    responses: { responseCode: named(responses, ({ description, schema: answer }) => ({ response: { description, schema: { schema: schema(answer as Json) } } })) },
    vendorExtension: extensions(operation),
  };
}

function parameter(value: Json): object {
  if (value['in'] === 'body') return { parameter: { bodyParameter: { ...value, schema: schema(value['schema'] as Json) } } };
  return { parameter: { nonBodyParameter: value['in'] === 'path' ? { pathParameterSubSchema: value } : { queryParameterSubSchema: value } } };
}
