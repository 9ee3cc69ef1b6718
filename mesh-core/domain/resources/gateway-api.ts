import type { KubeObject } from './kube-object.ts';

/** Gateway API kinds (`gateway.networking.k8s.io`). Source: kubernetes-sigs/gateway-api apis/v1. Fields are read by mesh-core/domain/gateway-api. */
export interface ParentReference { readonly group?: string; readonly kind?: string; readonly namespace?: string; readonly name: string; readonly sectionName?: string; readonly port?: number }
export interface BackendReference { readonly group?: string; readonly kind?: string; readonly namespace?: string; readonly name: string; readonly port?: number; readonly weight?: number; readonly filters?: readonly HttpRouteFilter[] }
export interface HttpRouteFilter { readonly type?: string; readonly [field: string]: unknown }
export interface HttpRouteMatch {
  readonly path?: { readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value?: string };
  readonly headers?: readonly { readonly type?: 'Exact' | 'RegularExpression'; readonly name: string; readonly value: string }[];
  readonly queryParams?: readonly { readonly type?: 'Exact' | 'RegularExpression'; readonly name: string; readonly value: string }[];
  readonly method?: string;
}
export interface HttpRouteRule {
  readonly name?: string;
  readonly matches?: readonly HttpRouteMatch[];
  readonly filters?: readonly HttpRouteFilter[];
  readonly backendRefs?: readonly BackendReference[];
  readonly timeouts?: { readonly request?: string; readonly backendRequest?: string };
  readonly retry?: { readonly codes?: readonly number[]; readonly attempts?: number; readonly backoff?: string };
  readonly sessionPersistence?: Readonly<Record<string, unknown>>;
}
export interface HttpRouteSpec { readonly parentRefs?: readonly ParentReference[]; readonly hostnames?: readonly string[]; readonly rules?: readonly HttpRouteRule[] }
export type KubeHttpRoute = KubeObject<HttpRouteSpec>;

export interface GatewayListener {
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  readonly protocol: string;
  readonly tls?: { readonly mode?: 'Terminate' | 'Passthrough'; readonly certificateRefs?: readonly { readonly group?: string; readonly kind?: string; readonly name: string; readonly namespace?: string }[]; readonly options?: Readonly<Record<string, string>>; readonly [field: string]: unknown };
  readonly allowedRoutes?: { readonly namespaces?: { readonly from?: 'All' | 'Same' | 'Selector' | 'None'; readonly selector?: Readonly<Record<string, unknown>> }; readonly kinds?: readonly { readonly group?: string; readonly kind: string }[] };
}
export interface KubeGatewaySpec {
  readonly gatewayClassName?: string;
  readonly listeners?: readonly GatewayListener[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly infrastructure?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}
export type KubeGateway = KubeObject<KubeGatewaySpec>;
export type GatewayClass = KubeObject<{ readonly controllerName?: string; readonly description?: string; readonly parametersRef?: Readonly<Record<string, unknown>> }>;
export type ReferenceGrant = KubeObject<{ readonly from?: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]; readonly to?: readonly { readonly group: string; readonly kind: string; readonly name?: string }[] }>;
