import type { KubeObject } from './kube-object.ts';

/** Core kinds: the part of Kubernetes' Service that a mesh needs. */
export interface ServicePort {
  readonly name?: string;
  /** The port callers use. */
  readonly port: number;
  /** Name or number of the port at the workload; absent = same as `port`. */
  readonly targetPort?: number | string;
  readonly protocol?: 'TCP' | 'UDP';
  readonly appProtocol?: string;
}
export interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServicePort[];
  readonly type?: string;
  /** `None` = headless: callers get the addresses of its workloads. */
  readonly clusterIP?: string;
  /** With type ExternalName: the host that the Service stands for. */
  readonly externalName?: string;
}
export type Service = KubeObject<ServiceSpec>;

export type Namespace = KubeObject;
/** `data` is base64. Types used here: kubernetes.io/tls (tls.crt, tls.key), Opaque with `cert`, `key`, `cacert`. */
export interface Secret extends KubeObject {
  readonly type?: string;
}

/** `status.conditions[]` as Kubernetes and Istio write it. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
