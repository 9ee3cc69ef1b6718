import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { checkSelectorLabels } from './rules/label-rules.ts';
import { isPort } from './rules/port-rules.ts';
import type { PeerAuthenticationSpec } from './security.ts';

/** istiod's rules for a PeerAuthentication. Source: istio/istio pkg/config/validation/validation.go (ValidatePeerAuthentication). */
export function validatePeerAuthentication(spec: PeerAuthenticationSpec, issues: IssueSink): void {
  const ports = Object.keys(spec.portLevelMtls ?? {});
  if (ports.length > 0 && Object.keys(spec.selector?.matchLabels ?? {}).length === 0) {
    issues.error('spec.portLevelMtls', 'ports belong to a workload, so a selector is needed', { expected: 'selector.matchLabels' });
  }
  if (spec.portLevelMtls !== undefined && ports.length === 0) issues.error('spec.portLevelMtls', 'port level mTLS, if defined, must have at least one element', { expected: 'a port, or leave it out' });
  for (const port of ports) {
    if (!/^\d+$/.test(port) || !isPort(Number(port))) issues.error(joinPath('spec.portLevelMtls', port), `${JSON.stringify(port)} is not a port`, { expected: '1 to 65535' });
  }
  if (spec.selector !== undefined) checkSelectorLabels(spec.selector.matchLabels, 'spec.selector', issues);
}
