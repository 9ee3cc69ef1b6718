import { joinPath } from '../field-issue.ts';
import type { IssueSink } from '../field-issue.ts';
import { fqdnProblem, isDnsLabel } from './dns-name.ts';

/**
 * Checks references to gateways: `mesh`, `name`, `namespace/name`; `name.namespace` is old style and warns. `dotted`: the
 * names may have dots, as those of gateways made from Gateway API do.
 */
export function checkGatewayNames(names: readonly string[] | undefined, path: string, issues: IssueSink, dotted = false): void {
  for (const [index, name] of (names ?? []).entries()) {
    const place = joinPath(path, index);
    const slash = name.indexOf('/');
    if (slash === -1) {
      const [first, second] = name.split('.');
      if (second !== undefined) issues.warn(place, `${JSON.stringify(name)} is an old form of a gateway name`, { expected: `${second}/${first}`, code: 'IST0133' });
      const problem = fqdnProblem(name);
      if (problem !== undefined) issues.error(place, problem, { expected: 'mesh, or namespace/name' });
      // What follows a name without a namespace is not looked at: Istio stops there too.
      return;
    }
    if (!isDnsLabel(name.slice(0, slash)) || name.length === slash + 1 || (!dotted && !isDnsLabel(name.slice(slash + 1)))) {
      issues.error(place, `${JSON.stringify(name)} is not a gateway name`, { expected: 'namespace/name' });
    }
  }
}
