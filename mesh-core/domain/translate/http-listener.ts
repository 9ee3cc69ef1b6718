import { TYPE_URLS } from '../envoy/resources.ts';
import type { HttpConnectionManager, HttpFilter, Listener, NetworkFilter, RouteConfiguration } from '../envoy/resources.ts';

/** Every real listener of interception mode NONE is bound to loopback: one machine. */
export const LOOPBACK = '127.0.0.1';

/** How requests reach their routes. */
export type RouteSource = Pick<HttpConnectionManager, 'routeConfig'> | Pick<HttpConnectionManager, 'rds'>;
export interface HttpListenerOptions {
  readonly statPrefix: string;
  readonly routes: RouteSource;
  /** What policies ask for; judged first, in their order. */
  readonly policies: readonly HttpFilter[];
  /** Routes may inject faults and answer preflights: the caller's side. */
  readonly isClientSide: boolean;
  /** What becomes of x-forwarded-client-cert. */
  readonly clientCertificate: NonNullable<HttpConnectionManager['forwardClientCertDetails']>;
  /** The connection's peer is the client itself: an edge. */
  readonly isEdge: boolean;
}

const FAULT: HttpFilter = { name: 'envoy.filters.http.fault', typedConfig: { '@type': TYPE_URLS.fault } };
const CORS: HttpFilter = { name: 'envoy.filters.http.cors', typedConfig: { '@type': TYPE_URLS.cors } };
const ROUTER: HttpFilter = { name: 'envoy.filters.http.router', typedConfig: { '@type': TYPE_URLS.router } };
export const TLS_INSPECTOR = { name: 'envoy.filters.listener.tls_inspector', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector' } } as const;
export const HTTP_INSPECTOR = { name: 'envoy.filters.listener.http_inspector', typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector' } } as const;

/** Tells TLS from plain connections, for a listener with chains of both kinds. */
export const TLS_DETECTION: NonNullable<Listener['listenerFilters']> = [TLS_INSPECTOR];

/**
 * The network filter that reads HTTP: policies, fault, CORS, router, in istiod's order. Metrics, logs and spans are
 * part of every proxy of this mesh, so no filter asks for them. Source: istiod's buildHTTPConnectionManager.
 */
export function httpFilterOf(options: HttpListenerOptions): NetworkFilter {
  const manager: HttpConnectionManager = {
    '@type': TYPE_URLS.hcm,
    statPrefix: options.statPrefix,
    ...options.routes,
    httpFilters: [...options.policies, ...(options.isClientSide ? [FAULT, CORS] : []), ROUTER],
    forwardClientCertDetails: options.clientCertificate,
    ...(options.clientCertificate === 'SANITIZE' ? undefined : { setCurrentClientCertDetails: { subject: true, dns: true, uri: true } }),
    useRemoteAddress: options.isEdge,
    normalizePath: true,
    upgradeConfigs: [{ upgradeType: 'websocket' }],
  };
  return { name: 'envoy.filters.network.http_connection_manager', typedConfig: { ...manager } };
}

/** Routes that come over RDS. */
export function routesByName(routeConfigName: string): RouteSource {
  return { rds: { routeConfigName, configSource: { ads: {}, resourceApiVersion: 'V3' } } };
}

/** Routes that are part of the listener. */
export function routesInline(routeConfig: RouteConfiguration): RouteSource {
  return { routeConfig };
}
