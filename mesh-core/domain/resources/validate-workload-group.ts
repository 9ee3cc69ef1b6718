import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import type { WorkloadGroupSpec } from './networking.ts';
import { checkLabels } from './rules/label-rules.ts';
import { checkPort } from './rules/port-rules.ts';

/** istiod's rules for a WorkloadGroup. Its template may lack what a registering workload brings. Source: istio/istio pkg/config/validation/validation.go (ValidateWorkloadGroup). */
export function validateWorkloadGroup(spec: WorkloadGroupSpec, issues: IssueSink): void {
  if (spec.template === undefined) return issues.error('spec.template', 'template is required', { expected: 'a template, {} at least' });
  checkLabels(spec.metadata?.labels, 'spec.metadata.labels', issues);
  // Safe: the schema of the kind has these fields.
  if (spec.probe !== undefined) checkProbe(spec.probe as Probe, 'spec.probe', issues);
}

const COUNTS = ['periodSeconds', 'initialDelaySeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold'] as const;
type Probe = { readonly [C in (typeof COUNTS)[number]]?: number } & {
  readonly httpGet?: { readonly port?: number; readonly scheme?: string; readonly httpHeaders?: readonly { readonly name?: string }[] };
  readonly tcpSocket?: { readonly port?: number };
  readonly exec?: { readonly command?: readonly string[] };
  readonly grpc?: unknown;
};

function checkProbe(probe: Probe, path: string, issues: IssueSink): void {
  for (const field of COUNTS) if ((probe[field] ?? 0) < 0) issues.error(joinPath(path, field), `${field} must be non-negative`, { expected: '0 or more' });
  const { httpGet, tcpSocket, exec } = probe;
  if (httpGet !== undefined) {
    checkPort(httpGet.port ?? 0, `${path}.httpGet.port`, issues);
    if (!['', 'HTTP', 'HTTPS'].includes(httpGet.scheme ?? '')) issues.error(`${path}.httpGet.scheme`, 'httpGet.scheme must be one of "HTTPS", "HTTP"', { expected: 'HTTP or HTTPS' });
    for (const [index, { name = '' }] of (httpGet.httpHeaders ?? []).entries()) {
      if (!/^[-A-Za-z0-9]+$/.test(name)) issues.error(`${joinPath(`${path}.httpGet.httpHeaders`, index)}.name`, name === '' ? 'header name cannot be empty' : `header name ${name} is not a valid header name`, { expected: 'letters, digits and -' });
    }
  } else if (tcpSocket !== undefined) {
    checkPort(tcpSocket.port ?? 0, `${path}.tcpSocket.port`, issues);
  } else if (exec !== undefined) {
    if ((exec.command ?? []).length === 0) issues.error(`${path}.exec.command`, 'exec.command is required', { expected: 'a command' });
  } else {
    // Istio's schema has gRPC probes, which its validation does not know.
    issues.error(path, 'unknown health check method', { expected: 'httpGet, tcpSocket or exec' });
  }
}
