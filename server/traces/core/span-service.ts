import type { Attributes, Span } from '#server/traces/trace-backend.ts';

/** The service a resource belongs to; OpenTelemetry's own default name when it has none. */
export function serviceOfResource(resource: Attributes): string {
  const name = resource['service.name'];
  return typeof name === 'string' && name !== '' ? name : 'unknown_service';
}

/** The service a span belongs to. */
export function serviceOf(span: Pick<Span, 'resource'>): string {
  return serviceOfResource(span.resource);
}
