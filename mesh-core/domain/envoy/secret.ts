/** Bytes given in place: base64 in the JSON form. */
export interface DataSource { readonly inlineBytes?: string; readonly inlineString?: string }

/** A key pair or a set of roots, as SDS sends it. Source: envoy.extensions.transport_sockets.tls.v3.Secret. */
export interface EnvoySecret {
  readonly name: string;
  readonly tlsCertificate?: { readonly certificateChain: DataSource; readonly privateKey: DataSource; readonly ocspStaple?: DataSource };
  readonly validationContext?: { readonly trustedCa?: DataSource; readonly crl?: DataSource };
}

/** SDS name of the workload's own certificate, which the proxy has from its CSR. */
export const WORKLOAD_SECRET = 'default';
/** SDS name of the mesh's roots. */
export const MESH_ROOTS_SECRET = 'ROOTCA';

/** The text of a data source; undefined when it is empty. */
export function textOfSource(source: DataSource | undefined): string | undefined {
  const text = source?.inlineString ?? (source?.inlineBytes === undefined ? undefined : new TextDecoder().decode(Uint8Array.from(atob(source.inlineBytes), (char) => char.charCodeAt(0))));
  return text === '' ? undefined : text;
}

/** What Envoy puts in the place of a private key: base64 of "[redacted]". */
const REDACTED: DataSource = { inlineBytes: 'W3JlZGFjdGVkXQ==' };

/** A secret that may be shown. */
export function withoutKey(secret: EnvoySecret): EnvoySecret {
  return secret.tlsCertificate === undefined ? secret : { ...secret, tlsCertificate: { ...secret.tlsCertificate, privateKey: REDACTED } };
}
