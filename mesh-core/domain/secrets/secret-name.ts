/** A Secret of the mesh, as an SDS name refers to it. */
export interface SecretReference {
  /** `kubernetes`: of Istio's Gateway and DestinationRule; `kubernetes-gateway`: of Gateway API, which needs a verified reference. */
  readonly scheme: 'kubernetes' | 'kubernetes-gateway';
  readonly namespace: string;
  readonly name: string;
}

/** Ends the SDS name of roots that go with a key pair. */
export const ROOTS_SUFFIX = '-cacert';
const SCHEMES = ['kubernetes', 'kubernetes-gateway'] as const;

/**
 * Reads an SDS name: `kubernetes://NAME` (in the proxy's namespace), `kubernetes://NS/NAME`, `kubernetes-gateway://NS/NAME`.
 * Undefined for any other. Source: istiod pilot/pkg/model/credentials/resource.go.
 */
export function parseSecretName(sdsName: string, proxyNamespace: string): SecretReference | undefined {
  const scheme = SCHEMES.find((candidate) => sdsName.startsWith(`${candidate}://`));
  if (scheme === undefined) return undefined;
  const [first = '', second] = sdsName.slice(scheme.length + '://'.length).split('/');
  const namespace = second === undefined ? proxyNamespace : first;
  const name = second ?? first;
  if (namespace === '' || name === '' || (scheme === 'kubernetes-gateway' && second === undefined)) return undefined;
  return { scheme, namespace, name };
}

/** The SDS name that a `credentialName` stands for. Source: as above, ToResourceName. */
export function sdsNameOf(credentialName: string): string {
  if (credentialName.startsWith('builtin://')) return 'default';
  return /^(kubernetes|kubernetes-gateway|configmap|invalid):\/\//.test(credentialName) ? credentialName : `kubernetes://${credentialName}`;
}
