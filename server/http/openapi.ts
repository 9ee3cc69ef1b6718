import { toJSONSchema, type ZodType } from 'zod';
import type { Route } from './route.ts';

/** The OpenAPI 3.1 document of a route table: made from the same schemas that parse the requests. */
export function openApiDocument(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/[:*]([A-Za-z]+)/g, '{$1}');
    const item = (paths[path] ??= {});
    item[route.method.toLowerCase()] = operation(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Binnacle console', version, description: 'Programs send `Authorization: Bearer <API token>`; pages use the session cookie and send `x-binnacle-csrf` with every write.' },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, session: { type: 'apiKey', in: 'cookie', name: 'binnacle_session' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['code', 'message', 'requestId'],
          properties: {
            code: { type: 'string' },
            message: { type: 'string' },
            hint: { type: 'string' },
            requestId: { type: 'string' },
            causes: { type: 'array', items: { type: 'object', properties: { message: { type: 'string' }, field: { type: 'string' }, line: { type: 'integer' }, column: { type: 'integer' } } } },
          },
        },
      },
    },
  };
}

/** `GET /api/workloads/:namespace/:name` → `getApiWorkloadsByNamespaceByName`. */
function operationId({ method, path }: Route): string {
  const words = path.split('/').filter(Boolean).flatMap((segment) => segment.replace(/^[:*]/, 'by-').split(/[^A-Za-z0-9]+/));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function operation(route: Route): object {
  const parameters = [
    ...[...route.path.matchAll(/[:*]([A-Za-z]+)/g)].map((m) => ({ name: m[1], in: 'path', required: true, schema: { type: 'string' } })),
    ...queryParameters(route.query),
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    'x-role': route.scope,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(route.rawBody === true && route.query !== undefined ? { requestBody: { content: { 'application/x-www-form-urlencoded': { schema: schemaOf(route.query) } } } } : {}),
    ...(route.rawBody === 'bytes' ? { requestBody: { required: true, content: { [route.bodyType ?? 'application/octet-stream']: { schema: { type: 'string', format: 'binary' } } } } } : {}),
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route.body) } } } }),
    ...(route.scope === 'public' ? { security: [] } : { security: [{ bearer: [] }, { session: [] }] }),
    responses: {
      200: { description: 'Done', ...(route.response === undefined ? {} : { content: { 'application/json': { schema: schemaOf(route.response) } } }) },
      default: { description: 'A problem', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
  };
}

function queryParameters(query: ZodType | undefined): object[] {
  if (query === undefined) return [];
  const schema = schemaOf(query);
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({ name, in: 'query', required: required.has(name), schema: property }));
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
}
function schemaOf(schema: ZodType): JsonSchema {
  const { $schema: _, ...rest } = toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as JsonSchema & { $schema?: string };
  return rest;
}
