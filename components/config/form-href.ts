import { paths } from '#components/api/paths.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { DestinationRuleSpec, VirtualServiceSpec } from '#mesh-core/domain/resources/networking.ts';

/** The form that edits an object, for kinds that have one. Reads only what the kind's schema admits. */
export function formHrefOf(object: KubeObject): string | undefined {
  const { name, namespace } = object.metadata;
  if (namespace === undefined) return undefined;
  switch (object.kind) {
    case 'AuthorizationPolicy':
      return paths.authorization(namespace, name);
    case 'VirtualService': {
      const { hosts = [], gateways = ['mesh'] } = (object.spec ?? {}) as VirtualServiceSpec;
      const host = hosts[0];
      return host === undefined || host.includes('*') || !gateways.includes('mesh') ? undefined : splitHref(namespace, host);
    }
    case 'DestinationRule': {
      const { host } = (object.spec ?? { host: '*' }) as DestinationRuleSpec;
      return host.includes('*') ? undefined : splitHref(namespace, host);
    }
    default:
      return undefined;
  }
}

/** A short host is of the object's namespace; `catalog.shop.svc…` says its own. */
function splitHref(namespace: string, host: string): string | undefined {
  const [service = host, owner = namespace, kind] = host.split('.');
  return kind === undefined || kind === 'svc' ? paths.trafficSplit(owner, service) : undefined;
}
