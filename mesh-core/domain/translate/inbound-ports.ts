import type { ServerTls } from '../resources/networking.ts';
import type { SidecarIngress } from '../resources/sidecar.ts';
import { inboundClusterName } from './cluster-name.ts';
import { afterTlsTermination, declaredProtocol } from './port-protocol.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { ProxyContext } from './proxy-context.ts';
import { serviceTargets } from './service-targets.ts';
import type { ServiceTarget } from './service-targets.ts';

/** One port that a sidecar takes connections for. */
export interface InboundPort {
  readonly targetPort: number;
  /** What callers call it by; 0 = no service has it. */
  readonly servicePort: number;
  readonly protocol: PortProtocol;
  readonly cluster: string;
  /** Address that names its chain, and that a real listener binds. */
  readonly bind: string;
  readonly bindToPort: boolean;
  /** Name that callers use, for spans. */
  readonly hostname: string;
  /** Absent: from a Sidecar's ingress. */
  readonly target?: ServiceTarget;
  readonly ingress?: SidecarIngress;
  readonly tls?: ServerTls;
}

export const WILDCARD = '0.0.0.0';

/**
 * The ports of a sidecar, by number: those of its Sidecar's ingress when it has any, else those of the services it serves.
 * Of two services with one port the older one says how it is read. Without interception services alone open no port: the
 * app already listens there. Source: istiod's buildInboundChainConfigs.
 */
export function inboundPorts(context: ProxyContext): InboundPort[] {
  const { sidecar, isIntercepted } = context;
  const ingress = sidecar?.spec?.ingress ?? [];
  const all = ingress.length > 0 ? ingress.map((listener) => fromIngress(context, listener)) : isIntercepted ? serviceTargets(context).map(fromTarget) : [];
  const byPort = new Map<number, InboundPort>();
  for (const port of all) if (!byPort.has(port.targetPort)) byPort.set(port.targetPort, port);
  return [...byPort.values()].sort((a, b) => a.targetPort - b.targetPort);
}

function fromTarget(target: ServiceTarget): InboundPort {
  const { service, port, targetPort } = target;
  return { targetPort, servicePort: port.number, protocol: port.protocol, cluster: inboundClusterName(targetPort), bind: WILDCARD, bindToPort: false, hostname: service.hostname, target };
}

function fromIngress({ sidecar, node, isIntercepted }: ProxyContext, ingress: SidecarIngress): InboundPort {
  const number = ingress.port?.number ?? 0;
  const declared = declaredProtocol(ingress.port?.protocol);
  const { name = '', namespace = '' } = sidecar?.metadata ?? {};
  return {
    targetPort: number,
    servicePort: number,
    protocol: ingress.tls === undefined ? declared : afterTlsTermination(declared),
    cluster: inboundClusterName(number),
    bind: ingress.bind || node.address,
    bindToPort: isRealPort(ingress.captureMode, isIntercepted),
    // Sidecars have no host; istiod makes up one for telemetry.
    hostname: `${name}.${namespace}`,
    ingress,
    ...(ingress.tls === undefined ? undefined : { tls: ingress.tls }),
  };
}

/** Is a listener bound to its port, rather than handed captured connections? Source: istiod's getBindToPort. */
export function isRealPort(captureMode: string | undefined, isIntercepted: boolean): boolean {
  return captureMode === undefined || captureMode === 'DEFAULT' ? !isIntercepted : captureMode === 'NONE';
}
