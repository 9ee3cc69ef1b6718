import type { Service } from '../../core.ts';
import type { Sidecar } from '../../sidecar.ts';
import { addFix, removeFix, replaceFix, type Report } from '../analysis-message.ts';
import { closestName } from './closest-name.ts';
import { kia } from './codes.ts';
import { IDENTITY_DOMAIN, parseHost } from './host.ts';
import { placeOf, type KialiMesh } from './kiali-mesh.ts';

/** Sidecars: KIA1004, 1006, 1007. Source: kiali business/checkers/sidecars. */
export function checkSidecars(mesh: KialiMesh, report: Report): void {
  const known = mesh.input.all<Service>('Service').map((service) => `${service.metadata.name}.${placeOf(service)}.${IDENTITY_DOMAIN}`);
  for (const sidecar of mesh.input.all<Sidecar>('Sidecar')) {
    const { workloadSelector, outboundTrafficPolicy, egress = [] } = sidecar.spec ?? {};
    for (const [i, { hosts = [] }] of egress.entries()) {
      for (const [j, text] of hosts.entries()) {
        const [namespace = '', dnsName] = text.split('/');
        if (dnsName === undefined || dnsName.startsWith('*')) continue;
        const host = parseHost(dnsName, placeOf(sidecar), mesh.namespaces);
        if (mesh.isEntryHost(host) || mesh.isService(host, placeOf(sidecar))) continue;
        const best = closestName(dnsName, known);
        report(sidecar, kia('KIA1004', text), { path: `spec.egress[${i}].hosts[${j}]`, apart: true, ...(best === undefined ? {} : { fix: replaceFix(`Use ${namespace}/${best}`, ['spec', 'egress', i, 'hosts', j], `${namespace}/${best}`) }) });
      }
    }
    if (placeOf(sidecar) === mesh.settings.rootNamespace && Object.keys(workloadSelector?.labels ?? {}).length > 0) report(sidecar, kia('KIA1006'), { path: 'spec.workloadSelector', fix: removeFix('Remove the selector', ['spec', 'workloadSelector']) });
    if (outboundTrafficPolicy !== undefined && outboundTrafficPolicy.mode === undefined) report(sidecar, kia('KIA1007'), { path: 'spec.outboundTrafficPolicy', fix: addFix('Say REGISTRY_ONLY, as it means now', ['spec', 'outboundTrafficPolicy', 'mode'], 'REGISTRY_ONLY') });
  }
}
