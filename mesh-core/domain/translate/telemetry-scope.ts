import { namespaceOf } from '../resources/kube-object.ts';
import type { Telemetry, TelemetryAccessLogging, TelemetryMetrics, TelemetryMode, TelemetryTracing } from '../resources/telemetry.ts';
import { compareByCreation } from './config-order.ts';
import type { MeshSettings, ProxyNode } from './mesh-snapshot.ts';
import { attachesTo, targetsOf } from './policy-attachment.ts';

/** What the levels say, mesh first, then namespace, then workload: later ones override. */
export interface TelemetryLevels {
  readonly metrics: readonly TelemetryMetrics[];
  /** One list for each object that speaks of access logs. */
  readonly logging: readonly (readonly TelemetryAccessLogging[])[];
  readonly tracing: readonly TelemetryTracing[];
}
/** The side of a request that a listener stands for. */
export type TelemetrySide = 'CLIENT' | 'SERVER';

/**
 * The Telemetry objects that apply to a proxy. Of those without selector the oldest of a namespace counts.
 * Source: istiod's Telemetries.applicableTelemetries.
 */
export function telemetryLevels(telemetries: readonly Telemetry[], node: ProxyNode, { rootNamespace }: MeshSettings): TelemetryLevels {
  const sorted = telemetries.toSorted(compareByCreation);
  const wide = (namespace: string): Telemetry | undefined => sorted.find((telemetry) => namespaceOf(telemetry) === namespace && isNamespaceWide(telemetry));
  const own = node.namespace === rootNamespace ? undefined : wide(node.namespace);
  const workload = sorted.filter((telemetry) => namespaceOf(telemetry) === node.namespace && !isNamespaceWide(telemetry) && attachesTo(telemetry, node));
  const specs = [wide(rootNamespace), own, ...workload].flatMap((telemetry) => telemetry?.spec ?? []);
  return {
    metrics: specs.flatMap(({ metrics = [] }) => metrics),
    logging: specs.flatMap(({ accessLogging = [] }) => (accessLogging.length === 0 ? [] : [accessLogging])),
    tracing: specs.flatMap(({ tracing = [] }) => tracing),
  };
}

/** Does a mode, absent = both, cover a side? */
export function coversSide(mode: TelemetryMode | undefined, side: TelemetrySide): boolean {
  return mode === undefined || mode === 'CLIENT_AND_SERVER' || mode === side;
}

/** The names of providers; empty where none is named. */
export function providerNames(providers: readonly { readonly name?: string }[] | undefined): readonly string[] {
  return (providers ?? []).map(({ name = '' }) => name);
}

function isNamespaceWide(telemetry: Telemetry): boolean {
  return Object.keys(telemetry.spec?.selector?.matchLabels ?? {}).length === 0 && targetsOf(telemetry).length === 0;
}
