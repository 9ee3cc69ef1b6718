import type { z } from 'zod';
import { previewAuthorization, type EdgePreview, type ObservedEdge } from '#mesh-core/domain/decide/preview-authorization.ts';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import { vectorRows } from '#server/promql/vector-rows.ts';
import type { ServerContext } from '#server/server-context.ts';
import { ServerError } from '#server/server-error.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { checkDocuments } from './check-configuration.ts';
import { parseManifest } from './parse-manifest.ts';
import type { AuthorizationPreviewAnswer, AuthorizationPreviewRow, ConfigIssue, PreviewAuthorizationBody } from './schemas.ts';

type Context = Pick<ServerContext, 'config' | 'metrics' | 'clock' | 'scrapeIntervalSeconds'>;
interface SeenEdge extends ObservedEdge {
  readonly sourceWorkload: string;
  readonly requestsPerSecond: number;
}

const EDGE_LABELS = 'source_principal,source_workload,source_workload_namespace,destination_workload,destination_workload_namespace,destination_service,connection_security_policy';

/**
 * Which of the edges seen in the last `windowSeconds` the AuthorizationPolicies of a YAML text would permit or refuse,
 * beside what today's policies say. Edges are as the destinations' proxies report them: only they know the caller's
 * certificate. Worst first. Invalid policies give their issues and no rows; nothing is written.
 */
export async function previewPolicy({ ctx, input }: { ctx: Context; input: z.infer<typeof PreviewAuthorizationBody> }): Promise<AuthorizationPreviewAnswer> {
  const parsed = parseManifest(input.yaml);
  if (!parsed.ok) return { rows: [], issues: parsed.problems.map((p) => ({ severity: 'error', path: '', ...p })) };
  const snapshot = ctx.config.snapshot();
  const issues: readonly ConfigIssue[] = checkDocuments(parsed.documents, ctx.config).flat();
  if (issues.some(({ refuses }) => refuses === true)) return { rows: [], issues };
  const candidates = parsed.documents.map(({ value }) => asPolicy(value));
  const seen = await seenEdges(ctx, input.windowSeconds);
  return { rows: previewAuthorization(snapshot, candidates, seen, { remove: input.remove }).map(rowOf).toSorted(byConcern), issues };
}

function asPolicy(value: unknown): AuthorizationPolicy {
  if (typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'AuthorizationPolicy') {
    // Safe because validation found no error in its structure.
    return value as AuthorizationPolicy;
  }
  throw new ServerError('bad-request', 'Only AuthorizationPolicies can be previewed here.', { hint: 'POST /api/config/preview takes any kind.' });
}

async function seenEdges(ctx: Context, windowSeconds: number): Promise<SeenEdge[]> {
  const window = Math.ceil(Math.max(windowSeconds, 2.2 * ctx.scrapeIntervalSeconds));
  const answer = await ctx.metrics.query(`sum by (${EDGE_LABELS}) (rate(istio_requests_total{reporter="destination"}[${window}s])) > 0`, { time: ctx.clock.now() / 1000 });
  return vectorRows(answer).map(({ labels, value }) => edgeOf(labels, value));
}

function edgeOf(metric: Labels, requestsPerSecond: number): SeenEdge {
  const of = (name: string): string => metric[name] ?? 'unknown';
  const policy = of('connection_security_policy');
  return {
    sourcePrincipal: of('source_principal'),
    sourceWorkload: of('source_workload'),
    sourceNamespace: of('source_workload_namespace'),
    destinationWorkload: of('destination_workload'),
    destinationNamespace: of('destination_workload_namespace'),
    destinationService: of('destination_service'),
    requestsPerSecond,
    ...(policy === 'unknown' ? {} : { mutualTls: policy === 'mutual_tls' }),
  };
}

function rowOf({ edge, before, after }: EdgePreview<SeenEdge>): AuthorizationPreviewRow {
  return {
    source: `${edge.sourceNamespace}/${edge.sourceWorkload}`,
    sourcePrincipal: edge.sourcePrincipal === 'unknown' ? null : edge.sourcePrincipal,
    destination: `${edge.destinationNamespace}/${edge.destinationWorkload}`,
    requestsPerSecond: edge.requestsPerSecond,
    before: before.verdict,
    after: after.verdict,
    reason: after.reason,
  };
}

const CONCERN: Readonly<Record<AuthorizationPreviewRow['after'], number>> = { deny: 2, depends: 1, permit: 0 };
function byConcern(a: AuthorizationPreviewRow, b: AuthorizationPreviewRow): number {
  const newly = (row: AuthorizationPreviewRow): number => (row.after === row.before ? 0 : 10) + CONCERN[row.after];
  return newly(b) - newly(a) || b.requestsPerSecond - a.requestsPerSecond;
}
