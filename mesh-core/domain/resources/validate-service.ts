import type { Service, ServiceSpec } from './core.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { checkLabels } from './rules/label-rules.ts';

/** Kubernetes' rules for a Service that matter to a mesh. `service` has passed its schema. */
export function validateService(service: Service, issues: IssueSink): void {
  if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(service.metadata.name)) {
    issues.error('metadata.name', `${JSON.stringify(service.metadata.name)} is not a service name`, { expected: 'lower case letters, digits and -, beginning with a letter, at most 63' });
  }
  const spec: ServiceSpec = service.spec ?? {};
  checkLabels(spec.selector, 'spec.selector', issues);
  const ports = spec.ports ?? [];
  if (ports.length === 0 && spec.type !== 'ExternalName' && spec.clusterIP !== 'None') issues.error('spec.ports', 'a Service needs at least one port', { expected: 'a port' });
  const names = new Set<string>();
  const numbers = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const path = joinPath('spec.ports', index);
    const { name = '', protocol = 'TCP', targetPort } = port;
    if (name === '' && ports.length > 1) issues.error(`${path}.name`, 'with several ports each needs a name', { expected: 'a name such as http' });
    if (name !== '' && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) issues.error(`${path}.name`, `${JSON.stringify(name)} is not a port name`, { expected: 'lower case letters, digits and -' });
    if (name !== '' && names.has(name)) issues.error(`${path}.name`, `port name ${JSON.stringify(name)} is used twice`, { expected: 'a name of its own for every port' });
    names.add(name);
    const number = `${port.port}/${protocol}`;
    if (numbers.has(number)) issues.error(`${path}.port`, `port ${number} stands twice`, { expected: 'every port once' });
    numbers.add(number);
    const validTarget = targetPort === undefined || (typeof targetPort === 'number' ? targetPort >= 1 && targetPort <= 65_535 : /^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$/.test(targetPort));
    if (!validTarget) issues.error(`${path}.targetPort`, `${JSON.stringify(targetPort)} is not a port`, { expected: '1 to 65535, or a port name of at most 15 characters' });
  }
}
