import { Panel } from '#components/ui/panel.tsx';
import type { SimulatedDestination, SimulatedWorkload } from '#mesh-core/domain/decide/simulated-destination.ts';
import { ArrivalSteps } from './arrival-steps.tsx';
import { ObjectLink } from './object-link.tsx';
import { Facts, Name, Step, Steps } from './step.tsx';
import { shareText } from './words.ts';

/** Where a share of the request goes: how its endpoint is chosen, and what each workload there does with it. */
export function DestinationPanel({ destination }: { readonly destination: SimulatedDestination }) {
  const { host, port, subset, share, external, problem, workloads } = destination;
  return (
    <Panel title={`${host}:${port}${subset === '' ? '' : `, subset ${subset}`}`} note={`${shareText(share)} of the requests`}>
      <div className="flex flex-col gap-4">
        <Steps label={`The way to ${host}`}>
          {(destination.balancing !== undefined || problem !== undefined) && <ClusterStep destination={destination} />}
          {problem === undefined && <EndpointsStep destination={destination} />}
          {external && problem === undefined && <Step status="idle" verdict="For information" title="Outside the mesh" note="No policy of this mesh is asked there." />}
        </Steps>
        {workloads.map((workload) => (
          <WorkloadSection key={`${workload.namespace}/${workload.workload}`} workload={workload} alone={workloads.length === 1} />
        ))}
      </div>
    </Panel>
  );
}

function ClusterStep({ destination: { cluster, problem, destinationRule, handshake, balancing, subset, host } }: { readonly destination: SimulatedDestination }) {
  const limits = Object.entries(balancing?.limits ?? {});
  const ejection = balancing?.ejection;
  const after = ejection === undefined ? [] : [...(ejection.consecutive5xx === undefined ? [] : [`${ejection.consecutive5xx} answers of 5xx`]), ...(ejection.consecutiveGatewayFailure === undefined ? [] : [`${ejection.consecutiveGatewayFailure} gateway errors`])];
  return (
    <Step status={problem === 'no-such-cluster' ? 'failing' : 'healthy'} verdict={problem === 'no-such-cluster' ? 'Ends here' : 'Goes on'} title="Cluster" note={problem === 'no-such-cluster' ? (subset === '' ? `there is no service ${host} with this port` : `no DestinationRule has a subset ${subset} of ${host}`) : <Name>{cluster}</Name>}>
      <Facts
        facts={[
          ['Shaped by', destinationRule === undefined ? undefined : <ObjectLink key="rule" kind="DestinationRule" {...destinationRule} />],
          ['TLS offered', handshake === undefined ? (problem === undefined && balancing !== undefined ? 'none' : undefined) : [handshake.sni === undefined ? 'without server name' : `server name ${handshake.sni}`, handshake.alpn.length === 0 ? '' : `protocols ${handshake.alpn.join(', ')}`].filter((part) => part !== '').join('; ')],
          ['Names expected', handshake === undefined || handshake.expectedNames.length === 0 ? undefined : handshake.expectedNames.join(', ')],
          ['Limits', limits.length === 0 ? undefined : limits.map(([name, value]) => `${name} ${value}`).join(', ')],
          ['Ejects', ejection === undefined ? undefined : `an endpoint${after.length === 0 ? '' : ` after ${after.join(' or ')}`}${ejection.baseEjectionTime === undefined ? '' : ` for ${ejection.baseEjectionTime}`}`],
        ]}
      />
    </Step>
  );
}

const SHOWN_ENDPOINTS = 6;

function EndpointsStep({ destination: { balancing, workloads, external } }: { readonly destination: SimulatedDestination }) {
  const candidates = balancing?.candidates ?? [];
  const count = candidates.length > 0 ? candidates.length : workloads.reduce((sum, { endpoints }) => sum + endpoints, 0);
  if (count === 0 && external) return null;
  return (
    <Step status={count === 0 ? 'failing' : 'healthy'} verdict={count === 0 ? 'Ends here' : 'Goes on'} title="Endpoints" note={balancing === undefined ? `${count} that the name may lead to` : `${count}, chosen by ${(balancing.policy ?? 'ROUND_ROBIN').toLowerCase().replaceAll('_', ' ')}`}>
      {candidates.length > 0 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-0.5 text-label">
          {candidates.slice(0, SHOWN_ENDPOINTS).map(({ address, port, share, priority, locality }) => (
            <li key={`${address}:${port}`} className="whitespace-nowrap">
              <Name>
                {address}:{port}
              </Name>{' '}
              <span className="text-fg-secondary">{priority > 0 ? `only when others fail (priority ${priority})` : candidates.length > 1 ? shareText(share) : ''}{locality === '' ? '' : ` ${locality}`}</span>
            </li>
          ))}
          {candidates.length > SHOWN_ENDPOINTS && <li className="text-fg-secondary">and {candidates.length - SHOWN_ENDPOINTS} more</li>}
        </ul>
      )}
    </Step>
  );
}

function WorkloadSection({ workload, alone }: { readonly workload: SimulatedWorkload; readonly alone: boolean }) {
  const { namespace, workload: name, share } = workload;
  return (
    <section aria-label={`At ${namespace}/${name}`} className="border-t border-line pt-3">
      <h3 className="flex items-baseline gap-2 pb-2 text-label font-medium text-fg-secondary">
        At <span className="text-body font-semibold text-fg">{namespace}/{name}</span>
        {!alone && <span className="tabular-nums">{shareText(share)} of the requests</span>}
      </h3>
      <ArrivalSteps workload={workload} />
    </section>
  );
}
