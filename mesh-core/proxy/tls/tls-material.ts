import type { SecureContextOptions, SecureVersion } from 'node:tls';
import { MESH_ROOTS_SECRET, textOfSource, WORKLOAD_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { CertificateValidation, DataSource, TlsContext, TlsProtocol } from '#mesh-core/domain/envoy/resources.ts';
import { pemBlocks } from '../identity/pem-blocks.ts';
import type { SecretSource } from '../identity/secret-source.ts';

/** What a TLS context asks for, found: or the name of the secret that is not there (yet). */
export type TlsMaterial = { readonly kind: 'ready'; readonly options: SecureContextOptions; readonly hasRoots: boolean } | { readonly kind: 'missing'; readonly secret: string };

const VERSIONS: Readonly<Record<TlsProtocol, SecureVersion | undefined>> = { TLS_AUTO: undefined, TLSv1_0: 'TLSv1', TLSv1_1: 'TLSv1.1', TLSv1_2: 'TLSv1.2', TLSv1_3: 'TLSv1.3' };
/** Envoy's cipher suites are those up to TLS 1.2; 1.3 has its own, which are always on. */
const TLS13_SUITES = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

/** Is this the mesh's mutual TLS: the workload's own certificate, or its roots to judge the peer by? */
export function isMeshContext({ commonTlsContext }: TlsContext): boolean {
  return (commonTlsContext.tlsCertificateSdsSecretConfigs ?? []).some(({ name }) => name === WORKLOAD_SECRET) || rootsName(commonTlsContext) === MESH_ROOTS_SECRET;
}

/** What the peer's certificate must satisfy beyond its chain; undefined = the context does not judge peers. */
export function validationOf({ commonTlsContext }: TlsContext): CertificateValidation | undefined {
  const { combinedValidationContext, validationContext, validationContextSdsSecretConfig } = commonTlsContext;
  const given = combinedValidationContext?.defaultValidationContext ?? validationContext;
  return given ?? (combinedValidationContext === undefined && validationContextSdsSecretConfig === undefined ? undefined : {});
}

/** SDS names that a TLS context depends on; files count by the name they have as secrets. */
export function secretNamesOf({ commonTlsContext }: TlsContext): string[] {
  const roots = rootsName(commonTlsContext);
  return [...certificateNames(commonTlsContext), ...(roots === undefined ? [] : [roots])];
}

/**
 * Key pairs, roots, versions and ciphers of a TLS context as Node takes them. Several certificates of different key types
 * are all offered. Source: envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.
 */
export function tlsMaterialOf(context: TlsContext, secrets: SecretSource): TlsMaterial {
  const common = context.commonTlsContext;
  const pairs: { certChainPem: string; keyPem: string }[] = [];
  for (const name of certificateNames(common)) {
    const pair = secrets.secret(name)?.certificate;
    if (pair === undefined) return { kind: 'missing', secret: name };
    pairs.push(pair);
  }
  for (const { certificateChain, privateKey } of common.tlsCertificates ?? []) {
    const certChainPem = textOfSource(certificateChain);
    const keyPem = textOfSource(privateKey);
    if (certChainPem !== undefined && keyPem !== undefined) pairs.push({ certChainPem, keyPem });
  }
  const roots = rootsName(common);
  const secret = roots === undefined ? undefined : secrets.secret(roots);
  if (roots !== undefined && secret?.trustedCaPem === undefined) return { kind: 'missing', secret: roots };
  const caPem = secret?.trustedCaPem ?? textOfSource(inlineOf(validationOf(context)?.trustedCa));
  const { tlsMinimumProtocolVersion = 'TLS_AUTO', tlsMaximumProtocolVersion = 'TLS_AUTO', cipherSuites = [] } = common.tlsParams ?? {};
  const maxVersion = VERSIONS[tlsMaximumProtocolVersion];
  const options: SecureContextOptions = {
    ...(pairs.length === 0 ? {} : { cert: pairs.map(({ certChainPem }) => certChainPem), key: pairs.map(({ keyPem }) => keyPem) }),
    ...(caPem === undefined ? {} : { ca: caPem }),
    ...(secret?.crlPem === undefined ? {} : { crl: pemBlocks(secret.crlPem) }),
    minVersion: VERSIONS[tlsMinimumProtocolVersion] ?? 'TLSv1.2',
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(cipherSuites.length === 0 ? {} : { ciphers: [...TLS13_SUITES, ...cipherSuites].join(':') }),
  };
  return { kind: 'ready', options, hasRoots: caPem !== undefined };
}

function certificateNames(common: TlsContext['commonTlsContext']): string[] {
  const files = (common.tlsCertificates ?? []).flatMap(({ certificateChain, privateKey }) => (certificateChain.filename === undefined ? [] : [`file-cert:${certificateChain.filename}~${privateKey.filename ?? ''}`]));
  return [...(common.tlsCertificateSdsSecretConfigs ?? []).map(({ name }) => name), ...files];
}

function rootsName(common: TlsContext['commonTlsContext']): string | undefined {
  const { combinedValidationContext, validationContext, validationContextSdsSecretConfig } = common;
  const named = combinedValidationContext?.validationContextSdsSecretConfig?.name ?? validationContextSdsSecretConfig?.name;
  if (named !== undefined) return named;
  const file = (combinedValidationContext?.defaultValidationContext?.trustedCa ?? validationContext?.trustedCa)?.filename;
  return file === undefined ? undefined : `file-root:${file}`;
}

function inlineOf(source: DataSource | undefined): DataSource | undefined {
  return source?.filename === undefined ? source : undefined;
}
