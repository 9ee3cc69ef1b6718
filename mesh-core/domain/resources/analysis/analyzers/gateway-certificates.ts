import { matchesLabels } from '../../label-selector.ts';
import type { Gateway, ServerTls } from '../../networking.ts';
import { fullNameOf } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0138: one certificate at several Gateways of the same workloads, so that browsers use connections of one for the other. Source: gateway/certificate.go. */
export const gatewayCertificates: Analyzer = {
  name: 'gateway.CertificateAnalyzer',
  kinds: ['Gateway'],
  analyze(input, report) {
    for (const object of input.subjects<Gateway>('Gateway')) {
      for (const other of input.all<Gateway>('Gateway')) {
        if (other === object || !matchesLabels(object.spec?.selector, other.spec?.selector)) continue;
        for (const [index, { tls }] of (object.spec?.servers ?? []).entries()) {
          for (const server of other.spec?.servers ?? []) {
            if (tls !== undefined && server.tls !== undefined && sameCertificate(tls, server.tls)) report(object, messages.gatewayDuplicateCertificate([fullNameOf(object), fullNameOf(other)]), { path: `spec.servers[${index}].tls` });
          }
        }
      }
    }
  },
};

function sameCertificate(a: ServerTls, b: ServerTls): boolean {
  const [left, right] = [a.credentialName ?? '', b.credentialName ?? ''];
  if (left !== '' || right !== '') return left === right;
  const files = [a.serverCertificate ?? '', a.privateKey ?? ''];
  return !files.includes('') && a.serverCertificate === b.serverCertificate && a.privateKey === b.privateKey;
}
