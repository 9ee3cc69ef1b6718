import type { IssueSink } from '../field-issue.ts';
import type { SidecarPort } from '../sidecar.ts';
import { isDnsLabel } from './dns-name.ts';
import { parseProtocol, PROTOCOL_NAMES } from './protocol-name.ts';

/** Name and protocol of a listener's port, which both directions check alike. */
export function checkListenerPort(port: SidecarPort & { readonly targetPort?: number }, path: string, issues: IssueSink): void {
  const { name = '', protocol = '', targetPort = 0 } = port;
  if (targetPort > 0) issues.error(`${path}.targetPort`, 'targetPort has no impact on Sidecars', { expected: 'leave it out' });
  if (name !== '' && !isDnsLabel(name)) issues.error(`${path}.name`, `invalid port name: ${name}`, { expected: 'one DNS label, such as http' });
  if (protocol !== '' && parseProtocol(protocol) === undefined) issues.error(`${path}.protocol`, `unsupported protocol: ${protocol}`, { expected: `one of ${PROTOCOL_NAMES}` });
}
