import type { Condition } from './core.ts';
import type { KubeObject } from './kube-object.ts';

/** Gateway API kinds (`gateway.networking.k8s.io`). Source: kubernetes-sigs/gateway-api apis/v1 and apisx/v1alpha1. Fields are read by mesh-core/domain/gateway-api. */
export interface ParentReference { readonly group?: string; readonly kind?: string; readonly namespace?: string; readonly name: string; readonly sectionName?: string; readonly port?: number }
export interface ObjectReference { readonly group?: string; readonly kind?: string; readonly namespace?: string; readonly name: string }
export interface BackendReference extends ObjectReference { readonly port?: number; readonly weight?: number; readonly filters?: readonly HttpRouteFilter[] }

export interface StatusCondition extends Condition { readonly observedGeneration?: number }
export interface RouteParentStatus { readonly parentRef: ParentReference; readonly controllerName: string; readonly conditions: readonly StatusCondition[] }
export interface RouteStatus { readonly parents?: readonly RouteParentStatus[] }

export interface HttpHeader { readonly name: string; readonly value: string }
export interface HeaderModifier { readonly set?: readonly HttpHeader[]; readonly add?: readonly HttpHeader[]; readonly remove?: readonly string[] }
export interface PathModifier { readonly type: 'ReplaceFullPath' | 'ReplacePrefixMatch'; readonly replaceFullPath?: string; readonly replacePrefixMatch?: string }
export interface RedirectFilter { readonly scheme?: string; readonly hostname?: string; readonly path?: PathModifier; readonly port?: number; readonly statusCode?: number }
export interface RewriteFilter { readonly hostname?: string; readonly path?: PathModifier }
export interface MirrorFilter { readonly backendRef: BackendReference; readonly percent?: number; readonly fraction?: { readonly numerator: number; readonly denominator?: number } }
export interface CorsFilter {
  readonly allowOrigins?: readonly string[];
  readonly allowCredentials?: boolean;
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
}
export interface HttpRouteFilter {
  readonly type?: string;
  readonly requestHeaderModifier?: HeaderModifier;
  readonly responseHeaderModifier?: HeaderModifier;
  readonly requestRedirect?: RedirectFilter;
  readonly urlRewrite?: RewriteFilter;
  readonly requestMirror?: MirrorFilter;
  readonly cors?: CorsFilter;
  readonly [field: string]: unknown;
}
export interface ValueMatch { readonly type?: 'Exact' | 'RegularExpression'; readonly name: string; readonly value: string }
export interface HttpRouteMatch {
  readonly path?: { readonly type?: 'Exact' | 'PathPrefix' | 'RegularExpression'; readonly value?: string };
  readonly headers?: readonly ValueMatch[];
  readonly queryParams?: readonly ValueMatch[];
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
export type KubeHttpRoute = KubeObject<HttpRouteSpec, RouteStatus>;

export interface GrpcRouteMatch {
  readonly method?: { readonly type?: 'Exact' | 'RegularExpression'; readonly service?: string; readonly method?: string };
  readonly headers?: readonly ValueMatch[];
}
export interface GrpcRouteRule { readonly name?: string; readonly matches?: readonly GrpcRouteMatch[]; readonly filters?: readonly HttpRouteFilter[]; readonly backendRefs?: readonly BackendReference[] }
export interface GrpcRouteSpec { readonly parentRefs?: readonly ParentReference[]; readonly hostnames?: readonly string[]; readonly rules?: readonly GrpcRouteRule[] }
export type KubeGrpcRoute = KubeObject<GrpcRouteSpec, RouteStatus>;

export interface StreamRouteRule { readonly name?: string; readonly backendRefs?: readonly BackendReference[] }
/** TLSRoute, and TCPRoute, which has no host names. */
export interface StreamRouteSpec { readonly parentRefs?: readonly ParentReference[]; readonly hostnames?: readonly string[]; readonly rules?: readonly StreamRouteRule[] }
export type KubeTlsRoute = KubeObject<StreamRouteSpec, RouteStatus>;
export type KubeTcpRoute = KubeObject<StreamRouteSpec, RouteStatus>;

export interface NamespaceSelector { readonly from?: 'All' | 'Same' | 'Selector' | 'None'; readonly selector?: LabelSelector }
/** Kubernetes' metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}
export interface RouteGroupKind { readonly group?: string; readonly kind: string }
export interface ListenerTls {
  readonly mode?: 'Terminate' | 'Passthrough';
  readonly certificateRefs?: readonly ObjectReference[];
  readonly options?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}
export interface GatewayListener {
  readonly name: string;
  readonly hostname?: string;
  readonly port: number;
  readonly protocol: string;
  readonly tls?: ListenerTls;
  readonly allowedRoutes?: { readonly namespaces?: NamespaceSelector; readonly kinds?: readonly RouteGroupKind[] };
}
/** How a Gateway verifies client certificates. */
export interface FrontendTls { readonly validation?: { readonly caCertificateRefs?: readonly ObjectReference[]; readonly mode?: 'AllowValidOnly' | 'AllowInsecureFallback' } }
export interface GatewayTls {
  readonly frontend?: { readonly default?: FrontendTls; readonly perPort?: readonly { readonly port: number; readonly tls?: FrontendTls }[] };
  readonly backend?: { readonly clientCertificateRef?: ObjectReference };
}
export interface KubeGatewaySpec {
  readonly gatewayClassName?: string;
  readonly listeners?: readonly GatewayListener[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly allowedListeners?: { readonly namespaces?: NamespaceSelector };
  readonly tls?: GatewayTls;
  readonly infrastructure?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly parametersRef?: { readonly group?: string; readonly kind?: string; readonly name?: string };
  };
  readonly [field: string]: unknown;
}
export interface ListenerStatus { readonly name: string; readonly attachedRoutes: number; readonly supportedKinds: readonly RouteGroupKind[]; readonly conditions: readonly StatusCondition[] }
export interface KubeGatewayStatus {
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  readonly conditions?: readonly StatusCondition[];
  readonly listeners?: readonly ListenerStatus[];
  readonly attachedListenerSets?: number;
}
export type KubeGateway = KubeObject<KubeGatewaySpec, KubeGatewayStatus>;
/** A listener of a ListenerSet; its port may be left to the protocol. */
export type ListenerSetEntry = Omit<GatewayListener, 'port'> & { readonly port?: number };
export interface ListenerSetStatus { readonly conditions?: readonly StatusCondition[]; readonly listeners?: readonly ListenerStatus[] }
export type ListenerSet = KubeObject<{ readonly parentRef?: ObjectReference; readonly listeners?: readonly ListenerSetEntry[] }, ListenerSetStatus>;

export type GatewayClass = KubeObject<{ readonly controllerName?: string; readonly description?: string; readonly parametersRef?: Readonly<Record<string, unknown>> }, { readonly conditions?: readonly StatusCondition[] }>;
export type ReferenceGrant = KubeObject<{ readonly from?: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[]; readonly to?: readonly { readonly group: string; readonly kind: string; readonly name?: string }[] }>;

export interface PolicyAncestorStatus { readonly ancestorRef: ParentReference; readonly controllerName: string; readonly conditions: readonly StatusCondition[] }
export interface PolicyStatus { readonly ancestors?: readonly PolicyAncestorStatus[] }
export interface PolicyTarget { readonly group?: string; readonly kind: string; readonly name: string; readonly sectionName?: string }
export interface BackendValidation {
  readonly hostname?: string;
  readonly caCertificateRefs?: readonly ObjectReference[];
  readonly wellKnownCACertificates?: string;
  readonly subjectAltNames?: readonly { readonly type?: string; readonly hostname?: string; readonly uri?: string }[];
}
export type BackendTlsPolicy = KubeObject<{ readonly targetRefs?: readonly PolicyTarget[]; readonly validation?: BackendValidation }, PolicyStatus>;
export type BackendTrafficPolicy = KubeObject<
  {
    readonly targetRefs?: readonly PolicyTarget[];
    readonly sessionPersistence?: Readonly<Record<string, unknown>>;
    readonly retryConstraint?: { readonly budget?: { readonly percent?: number; readonly interval?: string }; readonly minRetryRate?: { readonly count?: number; readonly interval?: string } };
  },
  PolicyStatus
>;
export interface InferencePoolStatus {
  readonly parents?: readonly { readonly parentRef: ParentReference; readonly controllerName?: string; readonly conditions?: readonly StatusCondition[] }[];
}
export type InferencePool = KubeObject<
  {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetPorts?: readonly { readonly number: number }[];
    readonly appProtocol?: string;
    readonly endpointPickerRef?: { readonly group?: string; readonly kind?: string; readonly name?: string; readonly port?: { readonly number?: number }; readonly failureMode?: string };
  },
  InferencePoolStatus
>;
export type KubeBackend = KubeObject<
  {
    readonly type?: string;
    readonly externalHostname?: { readonly hostname?: string };
    readonly port?: { readonly port?: number; readonly protocol?: string };
    readonly tls?: { readonly mode?: string; readonly validation?: BackendValidation };
  },
  RouteStatus
>;
