import { z } from 'zod';
import { clientOutcomes, type ClientOutcome } from '#mesh-core/domain/decide/client-outcomes.ts';
import { simulatePlainClient } from '#mesh-core/domain/decide/simulate-plain-client.ts';
import { simulateRequest, type RequestSimulation, type SimulatedCaller } from '#mesh-core/domain/decide/simulate-request.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { workloadOf } from '#server/graph/core/decorate-graph.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError, type ErrorCause } from '#server/server-error.ts';
import { checkObject } from './check-object.ts';
import { kindOf, placed, refOf } from './object-ref.ts';
import { overlaySnapshot } from './overlay-snapshot.ts';
import { parseManifest } from './parse-manifest.ts';
import type { ObjectRef } from './schemas.ts';

/** `POST /api/config/simulate`: one request as a workload would make it. */
export const SimulateBody = z.object({
  /** `namespace/workload`; a gateway's workload stands for a client outside that calls it. `namespace/` alone: a program there without a sidecar. */
  from: z.string().regex(/^[^/]+\/[^/]*$/, 'namespace/workload'),
  host: z.string().min(1).max(1000),
  port: z.number().int().min(1).max(65535).default(80),
  method: z.string().min(1).max(40).default('GET'),
  path: z.string().max(8000).startsWith('/').default('/'),
  headers: z.record(z.string(), z.string()).default({}),
  /** Claims of a token that counts as signed; sent as a bearer token unless the headers have one. */
  claims: z.record(z.string(), z.unknown()).optional(),
  /** Objects that are not written yet: the request is tried without and with them. */
  yaml: z.string().max(200_000).optional(),
});

/** What becomes of a request, decision by decision, and what the client sees of it. */
export interface TriedRequest extends RequestSimulation {
  readonly outcomes: readonly ClientOutcome[];
}
export interface ChangedObject extends ObjectRef {
  /** There is none of this name yet. */
  readonly isNew: boolean;
}
export interface SimulateAnswer extends TriedRequest {
  /** What takes the request first. */
  readonly caller: 'sidecar' | 'gateway' | 'none';
  /** The same with the objects of `yaml`. */
  readonly changed?: TriedRequest & { readonly objects: readonly ChangedObject[] };
}

/** What would become of the request with the configuration of now, and with a change: route, shares, connection, and the verdict of each policy. Nothing is sent or written. */
export function simulate(ctx: Pick<ServerContext, 'config'>, input: z.infer<typeof SimulateBody>): SimulateAnswer {
  const [namespace = '', workload = ''] = input.from.split('/');
  const from = workload === '' ? undefined : callerOf(ctx, namespace, workload);
  const { host, port, method, path } = input;
  const headers = headersOf(input);
  const attempt = (snapshot: MeshSnapshot): TriedRequest => {
    const request = { host, port, method, path, headers };
    const simulation = from === undefined ? simulatePlainClient(snapshot, { namespace, ...request }) : simulateRequest(snapshot, { from, ...request });
    return { ...simulation, outcomes: clientOutcomes(simulation) };
  };
  const snapshot = ctx.config.snapshot();
  const objects = input.yaml === undefined ? undefined : changedObjects(input.yaml);
  return {
    ...attempt(snapshot),
    caller: from === undefined ? 'none' : from.type === 'router' ? 'gateway' : 'sidecar',
    ...(objects === undefined ? undefined : { changed: { ...attempt(overlaySnapshot(snapshot, objects)), objects: objects.map((object) => ({ ...refOf(object), isNew: ctx.config.get(kindOf(object).id, object.metadata.namespace, object.metadata.name) === undefined })) } }),
  };
}

function callerOf(ctx: Pick<ServerContext, 'config'>, namespace: string, workload: string): SimulatedCaller {
  const entry = ctx.config.list<WorkloadEntry>('WorkloadEntry', namespace).find((e) => workloadOf(e) === workload);
  if (entry === undefined) throw new ServerError('not-found', `No instance of "${workload}" is registered in namespace ${namespace}.`, { hint: 'GET /api/workloads lists those that are.' });
  const labels = { ...entry.metadata.labels, ...entry.spec?.labels };
  const isGateway = labels['istio']?.includes('gateway') === true || labels['gateway.networking.k8s.io/gateway-name'] !== undefined;
  return { namespace, workload, serviceAccount: entry.spec?.serviceAccount ?? 'default', labels, ...(entry.spec?.address === undefined ? undefined : { address: entry.spec.address }), ...(entry.spec?.locality === undefined ? undefined : { locality: entry.spec.locality }), type: isGateway ? 'router' : 'sidecar' };
}

function headersOf({ headers, claims }: z.infer<typeof SimulateBody>): Readonly<Record<string, string>> {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (claims === undefined || lower['authorization'] !== undefined) return lower;
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return { ...lower, authorization: `Bearer ${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.unsigned` };
}

/** Throws `invalid` with the places when the text has errors. */
function changedObjects(yaml: string): readonly KubeObject[] {
  const parsed = parseManifest(yaml);
  const causes: readonly ErrorCause[] = parsed.ok ? parsed.documents.flatMap((document) => checkObject(document.value).filter(({ refuses }) => refuses === true).map(({ message, path }) => ({ message, field: path, ...document.locate(path) }))) : parsed.problems;
  if (!parsed.ok || causes.length > 0) throw new ServerError('invalid', 'The change has errors, so nothing can be tried with it.', { hint: 'Correct them first.', causes });
  // Safe because validation found no error in their structure.
  return parsed.documents.map(({ value }) => placed(value as KubeObject));
}
