import { paths, withParams } from '#components/api/paths.ts';

/** The search for spans of a service, or of one of its operations, as TraceQL in the link. */
export function tracesOf({ service, name, kind, failed = false }: { readonly service: string; readonly name?: string | undefined; readonly kind?: string | undefined; readonly failed?: boolean }): string {
  const conditions = [
    `resource.service.name = ${JSON.stringify(service)}`,
    ...(name === undefined ? [] : [`name = ${JSON.stringify(name)}`]),
    ...(kind === undefined ? [] : [`kind = ${kind}`]),
    ...(failed ? ['status = error'] : []),
  ];
  return withParams(paths.traces(), { q: `{ ${conditions.join(' && ')} }` });
}

/** The search for traces in which one service calls another. */
export function tracesOfEdge(client: string, server: string, failed = false): string {
  const side = (service: string): string => `{ resource.service.name = ${JSON.stringify(service)}${failed && service === server ? ' && status = error' : ''} }`;
  return withParams(paths.traces(), { q: `${side(client)} >> ${side(server)}` });
}
