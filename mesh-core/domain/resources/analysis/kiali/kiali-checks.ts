import type { KubeObject } from '../../kube-object.ts';
import { createAnalysisInput, type InputOptions } from '../analysis-input.ts';
import type { AnalysisMessage, Report } from '../analysis-message.ts';
import { checkAmbient } from './ambient-checks.ts';
import { checkAuthorization } from './authorization-checks.ts';
import { KIALI_CODES } from './codes.ts';
import { checkDestinationRules } from './destination-rule-checks.ts';
import { checkGatewayApi } from './gateway-api-checks.ts';
import { checkGateways, checkServiceEntries } from './gateway-checks.ts';
import { DEFAULT_KIALI_SETTINGS, KialiMesh, type KialiSettings } from './kiali-mesh.ts';
import { checkMutualTls } from './mutual-tls-checks.ts';
import { checkSelectors } from './selector-checks.ts';
import { checkServices, checkWorkloadGroups } from './service-checks.ts';
import { checkSidecars } from './sidecar-checks.ts';
import { checkVirtualServices } from './virtual-service-checks.ts';
import { checkWorkloads } from './workload-checks.ts';

export interface KialiOptions extends InputOptions, Partial<KialiSettings> {
  /** Codes that are not told; absent: KIA1301, as in Kiali. */
  readonly ignored?: readonly string[];
}

/** An annotation whose value lists codes that are not told of the object; empty = none is. */
const IGNORE_ANNOTATION = 'kiali.io/ignore-validations';
const IGNORED_BY_DEFAULT = ['KIA1301'];
const DOCS = 'https://kiali.io/docs/features/validations/';

const CHECKS = [checkSelectors, checkAuthorization, checkMutualTls, checkDestinationRules, checkVirtualServices, checkGateways, checkServiceEntries, checkServices, checkWorkloadGroups, checkSidecars, checkWorkloads, checkAmbient, checkGatewayApi];

/**
 * Kiali's checks over a whole configuration, with Kiali's codes and levels, in our own words. Objects must have passed the
 * schema of their kind. Differs from Kiali in one thing: which hosts a Sidecar imports does not narrow who collides with whom, as that is
 * another answer for each workload. Source: kiali business/checkers.
 */
export function kialiChecks(objects: readonly KubeObject[], options: KialiOptions): AnalysisMessage[] {
  const mesh = new KialiMesh(createAnalysisInput(objects, options), {
    allowAny: options.allowAny ?? DEFAULT_KIALI_SETTINGS.allowAny,
    autoMutualTls: options.autoMutualTls ?? DEFAULT_KIALI_SETTINGS.autoMutualTls,
    trustDomain: options.trustDomain ?? DEFAULT_KIALI_SETTINGS.trustDomain,
    trustDomainAliases: options.trustDomainAliases ?? DEFAULT_KIALI_SETTINGS.trustDomainAliases,
    rootNamespace: options.rootNamespace ?? options.meshConfig?.rootNamespace ?? DEFAULT_KIALI_SETTINGS.rootNamespace,
  });
  const ignored = new Set(options.ignored ?? IGNORED_BY_DEFAULT);
  const found = new Map<string, AnalysisMessage>();
  const report: Report = ({ apiVersion, kind, metadata }, body, { path = '', fix } = {}) => {
    if (ignored.has(body.code) || isIgnored(metadata.annotations?.[IGNORE_ANNOTATION], body.code)) return;
    const { namespace, name } = metadata;
    const key = JSON.stringify([body.code, kind, namespace, name, path]);
    if (found.has(key)) return;
    found.set(key, { ...body, object: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name }, path, docs: `${DOCS}#${body.code.toLowerCase()}`, ...(fix === undefined ? {} : { fix }) });
  };
  for (const check of CHECKS) check(mesh, report);
  return [...found.values()];
}

/** Is this one of Kiali's codes? */
export function isKialiCode(code: string): boolean {
  return KIALI_CODES.some((known) => known === code);
}

function isIgnored(annotation: string | undefined, code: string): boolean {
  return annotation !== undefined && (annotation.trim() === '' || annotation.split(',').some((part) => part.trim() === code));
}
