import type { Namespace, Secret, Service } from '../resources/core.ts';
import type {
  BackendTlsPolicy,
  BackendTrafficPolicy,
  GatewayClass,
  InferencePool,
  KubeBackend,
  KubeGateway,
  KubeGrpcRoute,
  KubeHttpRoute,
  KubeTcpRoute,
  KubeTlsRoute,
  ListenerSet,
  ReferenceGrant,
} from '../resources/gateway-api.ts';
import type { Labels } from '../resources/label-selector.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { ServiceEntry } from '../resources/networking.ts';

/** A service that may stand before a Gateway, as the registry knows it: what decides about a Gateway's addresses. */
export interface GatewayService {
  readonly namespace: string;
  /** Ports that clients use. */
  readonly ports: readonly number[];
  /** Service port → the ports of its endpoints behind it. A port without endpoints is absent or empty. */
  readonly endpointPorts: ReadonlyMap<number, readonly number[]>;
  readonly addresses: readonly string[];
  /** Of its load balancer. */
  readonly externalAddresses: readonly string[];
  readonly isLoadBalancer: boolean;
  readonly labels: Labels;
}

/** Says what is wrong with certificates; the words are those of Go's crypto/tls. */
export interface CertificateCheck {
  /** Why a certificate and key in PEM cannot serve together; undefined = they can. */
  readonly keyPairProblem: (certificate: string, key: string) => string | undefined;
  /** Does a PEM bundle hold at least one readable certificate? */
  readonly hasCertificate: (bundle: string) => boolean;
}

/** Everything that the conversion of Gateway API objects reads. */
export interface GatewayApiInput {
  readonly gatewayClasses: readonly GatewayClass[];
  readonly gateways: readonly KubeGateway[];
  readonly listenerSets: readonly ListenerSet[];
  readonly httpRoutes: readonly KubeHttpRoute[];
  readonly grpcRoutes: readonly KubeGrpcRoute[];
  readonly tlsRoutes: readonly KubeTlsRoute[];
  readonly tcpRoutes: readonly KubeTcpRoute[];
  readonly referenceGrants: readonly ReferenceGrant[];
  readonly backendTlsPolicies: readonly BackendTlsPolicy[];
  readonly backendTrafficPolicies: readonly BackendTrafficPolicy[];
  readonly backends: readonly KubeBackend[];
  /** Undefined where the inference extension is off, as it is by default: routes to pools are not resolved then. */
  readonly inferencePools: readonly InferencePool[] | undefined;
  readonly namespaces: readonly Namespace[];
  readonly services: readonly Service[];
  readonly serviceEntries: readonly ServiceEntry[];
  /** Undefined where secrets are not read (the console): references to them count as good. */
  readonly secrets: readonly Secret[] | undefined;
  /** Undefined as for `secrets`. */
  readonly configMaps: readonly KubeObject[] | undefined;
  /** The services with this full host name, one per namespace that has it. */
  readonly findServices: (hostname: string) => readonly GatewayService[];
  readonly certificates: CertificateCheck;
  readonly clusterDomain: string;
}
