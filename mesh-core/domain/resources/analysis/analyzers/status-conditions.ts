import type { Condition } from '../../core.ts';
import type { KubeObject } from '../../kube-object.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const WAYPOINT = ['istio.io/WaypointBound'];
const GATEWAY_API = ['Accepted', 'Programmed', 'ResolvedRefs'];
/** Kind → conditions that should not be False. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  Service: WAYPOINT,
  ServiceEntry: WAYPOINT,
  WorkloadEntry: WAYPOINT,
  AuthorizationPolicy: ['ZtunnelAccepted', 'WaypointAccepted'],
  K8sGateway: GATEWAY_API,
  HTTPRoute: GATEWAY_API,
  GRPCRoute: GATEWAY_API,
};
interface Status {
  readonly conditions?: readonly Condition[];
  readonly parents?: readonly { readonly conditions?: readonly Condition[] }[];
}

/** IST0171: what controllers say in an object's status is wrong with it. Source: conditions/conditions.go. */
export const statusConditions: Analyzer = {
  name: 'conditions.ConditionAnalyzer',
  kinds: Object.keys(CONDITIONS),
  analyze(input, report) {
    for (const [kind, types] of Object.entries(CONDITIONS)) {
      for (const object of input.subjects<KubeObject<unknown, Status>>(kind)) {
        const { conditions = [], parents = [] } = object.status ?? {};
        const all = kind.endsWith('Route') ? parents.flatMap((parent) => parent.conditions ?? []) : conditions;
        for (const { type, status, reason = '', message = '' } of all) {
          // A policy that a waypoint takes in part has this condition True.
          const partly = kind === 'AuthorizationPolicy' && type === 'WaypointAccepted' && reason === 'PartiallyInvalid';
          if ((types.includes(type) && status === 'False') || partly) report(object, messages.negativeConditionStatus(type, reason, message), { path: 'status' });
        }
      }
    }
  },
};
