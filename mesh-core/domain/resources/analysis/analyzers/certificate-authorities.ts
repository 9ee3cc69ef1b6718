import { asMessage } from '../../as-message.ts';
import type { ClientTls, DestinationRule } from '../../networking.ts';
import { fullNameOf } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0128 and IST0129: TLS towards a service whose certificate is not checked against authorities that the rule names. Source: destinationrule/ca-certificates.go. */
export const certificateAuthorities: Analyzer = {
  name: 'destinationrule.CaCertificateAnalyzer',
  kinds: ['DestinationRule'],
  analyze(input, report) {
    for (const object of input.subjects<DestinationRule>('DestinationRule')) {
      const { trafficPolicy, workloadSelector, host = '' } = object.spec ?? {};
      const selective = workloadSelector !== undefined;
      const about = [fullNameOf(object), object.metadata.namespace ?? ''] as const;
      const { tls } = trafficPolicy ?? {};
      if (isUnchecked(tls, selective)) report(object, messages.noServerCertificateVerificationDestinationLevel(...about, tls?.mode ?? '', host), { path: 'spec.trafficPolicy.tls' });
      for (const [index, settings] of (trafficPolicy?.portLevelSettings ?? []).entries()) {
        const { port, tls: portTls } = asMessage(settings);
        if (!isUnchecked(portTls, selective)) continue;
        const body = messages.noServerCertificateVerificationPortLevel(...about, portTls?.mode ?? '', host, port === undefined ? '' : `number:${port.number}`);
        report(object, body, { path: `spec.trafficPolicy.portLevelSettings[${index}].tls` });
      }
    }
  },
};

/** A secret holds the authorities too, but only proxies that the rule selects read it. */
function isUnchecked(tls: ClientTls | undefined, selective: boolean): boolean {
  if (tls?.mode !== 'SIMPLE' && tls?.mode !== 'MUTUAL') return false;
  return (tls.caCertificates ?? '') === '' && !((tls.credentialName ?? '') !== '' && selective);
}
