import type { Secret } from '../../core.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { Gateway } from '../../networking.ts';
import { closeNames } from '../../schema/nearest-names.ts';
import { selectorText, splitName } from '../analysis-input.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { replaceFix } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { certificateValidity } from '../certificate-validity.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0101 for secrets that a Gateway's workloads cannot find beside them, IST0161 for those without a usable certificate. Source: gateway/secret.go. */
export const gatewaySecrets: Analyzer = {
  name: 'gateway.SecretAnalyzer',
  kinds: ['Gateway'],
  analyze(input, report) {
    for (const object of input.subjects<Gateway>('Gateway')) {
      const namespace = input.pods.find(({ labels }) => matchesLabels(object.spec?.selector, labels))?.namespace ?? '';
      // As in Istio, a workload that names no namespace is none.
      if (namespace === '') report(object, messages.referencedResourceNotFound('selector', selectorText(object.spec?.selector)), { path: 'spec.selector' });
      else for (const [index, { tls }] of (object.spec?.servers ?? []).entries()) checkCredential(object, tls?.credentialName ?? '', index, namespace, input, report);
    }
  },
};

function checkCredential(object: Gateway, credential: string, index: number, gatewayNamespace: string, input: AnalysisInput, report: Report): void {
  if (credential === '') return;
  const path = `spec.servers[${index}].tls.credentialName`;
  const [namespace, name] = splitName(gatewayNamespace, credential);
  const secret = input.find<Secret>('Secret', namespace, name);
  if (secret === undefined) {
    const near = closeNames(name, input.all('Secret').filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name))[0];
    report(object, messages.referencedResourceNotFound('credentialName', credential), near === undefined ? { path, apart: true } : { path, apart: true, fix: replaceFix(`Use secret ${near}`, ['spec', 'servers', index, 'tls', 'credentialName'], near) });
  } else if (!isUsable(secret, input.now)) report(object, messages.invalidGatewayCredential(object.metadata.name, gatewayNamespace), { path, apart: true });
}

function isUsable({ data = {} }: Secret, now: number): boolean {
  const pair = [['cert', 'key'], ['tls.crt', 'tls.key']].find((names) => names.every((name) => (data[name] ?? '') !== ''));
  const validity = certificateValidity(data[pair?.[0] ?? ''] ?? '');
  return validity !== undefined && now >= validity.from && now <= validity.until;
}
