import { matchesLabels } from '../../label-selector.ts';
import type { Gateway, VirtualService } from '../../networking.ts';
import { isJwtClaimHeader } from '../../rules/header-rules.ts';
import type { RequestAuthentication } from '../../security.ts';
import { splitName } from '../analysis-input.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0149: routing by claims of a token that no RequestAuthentication verifies at the gateway. Source: virtualservice/jwtclaimroute.go. */
export const jwtClaimRoutes: Analyzer = {
  name: 'virtualservice.JWTClaimRouteAnalyzer',
  kinds: ['VirtualService'],
  analyze(input, report) {
    const policies = input.all<RequestAuthentication>('RequestAuthentication');
    for (const object of input.subjects<VirtualService>('VirtualService')) {
      const key = claimKey(object);
      if (key === undefined) continue;
      for (const reference of (object.spec?.gateways ?? []).filter((name) => name !== 'mesh')) {
        const [namespace, name] = splitName(object.metadata.namespace ?? '', reference);
        const gateway = input.find<Gateway>('Gateway', namespace, name);
        if (gateway === undefined) continue;
        for (const pod of input.pods.filter(({ labels }) => matchesLabels(gateway.spec?.selector, labels))) {
          const verified = policies.some(({ metadata, spec }) => [pod.namespace, 'istio-system'].includes(metadata.namespace ?? '') && matchesLabels(spec?.selector?.matchLabels, pod.labels));
          if (!verified) report(object, messages.jwtClaimBasedRoutingWithoutRequestAuthN(key, namespace === '' ? name : `${namespace}/${name}`, pod.name));
        }
      }
    }
  },
};

function claimKey({ spec }: VirtualService): string | undefined {
  return (spec?.http ?? []).flatMap(({ match = [] }) => match.flatMap(({ headers = {}, withoutHeaders = {} }) => [...Object.keys(headers), ...Object.keys(withoutHeaders)])).find(isJwtClaimHeader);
}
