/** What an Accept header asks for, in Kubernetes' terms. */
export interface AcceptedForm {
  readonly form: 'object' | 'table' | 'metadata' | 'discovery';
  readonly format: 'json' | 'yaml';
  /** Which form of aggregated discovery. */
  readonly discovery?: DiscoveryVersion;
}
export type DiscoveryVersion = 'v2' | 'v2beta1';

/**
 * Reads an Accept header: the first form in it that can be given wins (quality values are not weighed, as no Kubernetes client sends
 * them). Anything unknown, protobuf included, is answered with plain JSON. Source: Kubernetes API concepts, "Alternate representations".
 */
export function negotiate(accept: string | undefined): AcceptedForm {
  for (const item of (accept ?? '').split(',')) {
    const [type = '', ...rest] = item.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]));
    const as = parameters.get('as');
    if (type === 'application/yaml' && as === undefined) return { form: 'object', format: 'yaml' };
    if (type !== 'application/json') continue;
    if (as === undefined) return { form: 'object', format: 'json' };
    if (as === 'table' && parameters.get('v') === 'v1') return { form: 'table', format: 'json' };
    if ((as === 'partialobjectmetadatalist' || as === 'partialobjectmetadata') && parameters.get('v') === 'v1') return { form: 'metadata', format: 'json' };
    const version = parameters.get('v');
    if (as === 'apigroupdiscoverylist' && (version === 'v2' || version === 'v2beta1')) return { form: 'discovery', format: 'json', discovery: version };
  }
  return { form: 'object', format: 'json' };
}
