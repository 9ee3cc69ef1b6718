import { isIP } from 'node:net';
import { NODE_METADATA } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { ProxyNode } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';

/** A proxy as it introduced itself. */
export interface IntroducedProxy {
  readonly node: ProxyNode;
  /** Present: a WorkloadEntry is to be kept for it; `istio.io/autoRegistrationGroup`. */
  readonly autoRegisterGroup?: string;
  /** A gRPC library that speaks xDS itself, without a proxy (`GENERATOR=grpc`). */
  readonly isProxyless?: true;
  /** What it says it runs; '' when it does not say. */
  readonly version: string;
}
export type NodeReading = { readonly ok: true; readonly proxy: IntroducedProxy } | { readonly ok: false; readonly reason: string };

type Metadata = Readonly<Record<string, unknown>>;

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Workload and group names become names of objects. */
const DNS_SUBDOMAIN = /^[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?$/;

/**
 * Reads who a proxy is from its xDS node: the id `<type>~<ip>~<name>.<namespace>~<domain>` and the metadata of
 * NODE_METADATA, which wins where both say it. Gives the reason, for the proxy's log, when a part is missing or malformed.
 * Source: istio pkg/model/proxy.go (ParseServiceNodeWithMetadata).
 */
export function readProxyNode(xds: XdsNode): NodeReading {
  const [type, address = '', nameAndNamespace = '', domain] = xds.id.split('~');
  if ((type !== 'sidecar' && type !== 'router') || domain === undefined) return refuse(`the node id "${xds.id}" is not <sidecar|router>~<ip>~<name>.<namespace>~<domain>`);
  if (isIP(address) === 0) return refuse(`the node id "${xds.id}" holds no IP address`);
  const metadata = xds.metadata ?? {};
  const dot = nameAndNamespace.lastIndexOf('.');
  const namespace = textOf(metadata, NODE_METADATA.namespace) ?? nameAndNamespace.slice(dot + 1);
  const workload = textOf(metadata, NODE_METADATA.workload) ?? nameAndNamespace.slice(0, Math.max(dot, 0));
  const serviceAccount = textOf(metadata, NODE_METADATA.serviceAccount) ?? 'default';
  if (!DNS_LABEL.test(namespace)) return refuse(`${NODE_METADATA.namespace} "${namespace}" is not a namespace`);
  if (!DNS_SUBDOMAIN.test(workload)) return refuse(`${NODE_METADATA.workload} "${workload}" is not a name`);
  const labels = labelsOf(metadata[NODE_METADATA.labels]);
  if (labels === undefined) return refuse(`${NODE_METADATA.labels} is not a map of texts`);
  const ports = readPorts(metadata);
  if (typeof ports === 'string') return refuse(ports);
  const mode = textOf(metadata, NODE_METADATA.interceptionMode);
  if (mode !== undefined && mode !== 'NONE' && mode !== 'REDIRECT' && mode !== 'TPROXY') return refuse(`${NODE_METADATA.interceptionMode} "${mode}" is not NONE, REDIRECT or TPROXY`);
  const locality = localityOf(xds);
  const group = textOf(metadata, NODE_METADATA.autoRegisterGroup);
  if (group !== undefined && !DNS_SUBDOMAIN.test(group)) return refuse(`${NODE_METADATA.autoRegisterGroup} "${group}" is not a name`);
  return {
    ok: true,
    proxy: {
      node: {
        id: xds.id,
        type,
        namespace,
        workload,
        serviceAccount,
        labels,
        address,
        ...(mode === 'REDIRECT' || mode === 'TPROXY' ? { interception: 'REDIRECT' } : undefined),
        ...(locality === undefined ? undefined : { locality }),
        ...ports,
      },
      ...(group === undefined ? {} : { autoRegisterGroup: group }),
      ...(textOf(metadata, 'GENERATOR') === 'grpc' ? { isProxyless: true } : {}),
      version: textOf(metadata, 'ISTIO_VERSION') ?? xds.userAgentVersion ?? '',
    },
  };
}

/** What the node says of its place, else its label `istio-locality` (`region.zone.subzone`), as istiod reads it. */
function localityOf({ locality, metadata }: XdsNode): string | undefined {
  const parts = [locality?.region, locality?.zone, locality?.subZone].filter((part) => part !== undefined && part !== '');
  if (parts.length > 0) return parts.join('/');
  const label = labelsOf(metadata?.[NODE_METADATA.labels])?.['istio-locality'];
  return label === undefined || label === '' ? undefined : label.includes('/') ? label : label.replaceAll('.', '/');
}

type Ports = Pick<ProxyNode, 'inboundPort' | 'outboundPort' | 'statsPort' | 'appPort'>;

function readPorts(metadata: Metadata): Ports | string {
  const ports: { -readonly [key in keyof Ports]: number } = {};
  for (const key of ['inboundPort', 'outboundPort', 'statsPort', 'appPort'] as const) {
    const value = metadata[NODE_METADATA[key]];
    if (value === undefined || value === null || value === '') continue;
    const port = Number(value);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return `${NODE_METADATA[key]} "${String(value)}" is not a port`;
    ports[key] = port;
  }
  return ports;
}

function labelsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return texts.length === entries.length ? Object.fromEntries(texts) : undefined;
}

function textOf(metadata: Metadata, key: string): string | undefined {
  const value = metadata[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function refuse(reason: string): NodeReading {
  return { ok: false, reason };
}
