import type { ServiceEntry } from '../../networking.ts';
import { messages } from '../message-catalogue.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0134: a TCP port without addresses, which takes the port for every destination. Source: serviceentry/protocoladdresses.go. */
export const serviceEntryAddresses: Analyzer = {
  name: 'serviceentry.Analyzer',
  kinds: ['ServiceEntry'],
  analyze(input, report) {
    if (allocatesAddresses(input)) return;
    for (const object of input.subjects<ServiceEntry>('ServiceEntry')) {
      const allocated = (object.status as { readonly addresses?: readonly unknown[] } | undefined)?.addresses ?? [];
      if ((object.spec?.addresses ?? []).length > 0 || allocated.length > 0) continue;
      for (const [index, { protocol = '' }] of (object.spec?.ports ?? []).entries()) {
        if (protocol === '' || protocol.toUpperCase() === 'TCP') report(object, messages.serviceEntryAddressesRequired(), { path: `spec.ports[${index}]`, apart: true });
      }
    }
  },
};

function allocatesAddresses({ meshConfig }: AnalysisInput): boolean {
  const metadata = meshConfig.defaultConfig?.proxyMetadata ?? {};
  return metadata['ISTIO_META_DNS_CAPTURE'] === 'true' && (metadata['ISTIO_META_DNS_AUTO_ALLOCATE'] === 'true' || metadata['PILOT_ENABLE_IP_AUTOALLOCATE'] === 'true');
}
