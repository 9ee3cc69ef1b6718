import type { KubeObject } from '../../kube-object.ts';
import type { VirtualService } from '../../networking.ts';
import type { Sidecar } from '../../sidecar.ts';
import { removeFix } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const REMOVED_GROUP = 'rbac.istio.io';
const REMOVED_KINDS = ['ClusterRbacConfig', 'RbacConfig', 'ServiceRole', 'ServiceRoleBinding'];
type Definition = KubeObject<{ readonly group?: string; readonly names?: { readonly kind?: string } }>;

/** IST0002: fields and kinds that Istio gave up. Source: deprecation/deprecation.go. */
export const deprecatedFields: Analyzer = {
  name: 'deprecation.DeprecationAnalyzer',
  kinds: ['VirtualService', 'Sidecar', 'CustomResourceDefinition'],
  analyze(input, report) {
    for (const object of input.subjects<VirtualService>('VirtualService')) {
      for (const [index, { fault }] of (object.spec?.http ?? []).entries()) {
        const { percent = 0 } = (fault?.delay ?? {}) as { readonly percent?: number };
        if (percent > 0) report(object, messages.deprecated('HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage'), { path: `spec.http[${index}].fault.delay.percent` });
      }
    }
    for (const object of input.subjects<Sidecar>('Sidecar')) {
      if (object.spec?.outboundTrafficPolicy?.egressProxy === undefined) continue;
      report(object, messages.deprecated('OutboundTrafficPolicy.EgressProxy ignored'), { path: 'spec.outboundTrafficPolicy.egressProxy', fix: removeFix('Remove egressProxy', ['spec', 'outboundTrafficPolicy', 'egressProxy']) });
    }
    for (const object of input.subjects<Definition>('CustomResourceDefinition')) {
      const { group = '', names } = object.spec ?? {};
      const { kind = '' } = names ?? {};
      if (group === REMOVED_GROUP && REMOVED_KINDS.includes(kind)) report(object, messages.deprecated(`Custom resource type ${group} ${kind} is removed`));
    }
  },
};
