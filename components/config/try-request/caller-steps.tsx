import { Check, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { RequestSimulation, SimulatedRoute } from '#mesh-core/domain/decide/simulate-request.ts';
import type { SimulateAnswer, TriedRequest } from '#server/config/simulate.ts';
import { ObjectLink } from './object-link.tsx';
import { Facts, Name, RuleRow, RuleTable, Step, Steps } from './step.tsx';
import { shareText, statusText } from './words.ts';

/** The decisions before the request leaves: in the caller's proxy, or in the gateway. */
export function CallerSteps({ tried, caller }: { readonly tried: TriedRequest; readonly caller: SimulateAnswer['caller'] }) {
  const { listener, atGateway, virtualHost, fault, outcome } = tried;
  const refused = atGateway?.verdict === 'deny';
  if (caller === 'none') {
    const found = outcome.kind === 'forwarded';
    return (
      <Steps label="At the caller">
        <Step status={found ? 'idle' : 'failing'} verdict={found ? 'For information' : 'Ends here'} title="No proxy" note={found ? 'Routes, retries and limits of the mesh do not apply: the request goes straight to the service, in plain text.' : 'No service has this host and port.'} />
      </Steps>
    );
  }
  return (
    <Steps label={caller === 'gateway' ? 'At the gateway' : 'At the caller'}>
      {listener === undefined ? (
        <Step status="failing" verdict="Ends here" title="Listener" note={caller === 'gateway' ? 'No Gateway opens this port.' : 'Nothing listens for it.'} />
      ) : (
        <Step status="healthy" verdict="Goes on" title="Listener" note={<Name>{listener.name}</Name>}>
          <Facts facts={[['Filter chain', listener.filterChain === listener.name || listener.filterChain === '' ? undefined : <Name key="chain">{listener.filterChain}</Name>], ['Filters', <Filters key="filters" names={listener.filters} />]]} />
        </Step>
      )}
      {atGateway !== undefined && listener !== undefined && (
        <Step status={refused ? 'failing' : atGateway.verdict === 'depends' ? 'degraded' : 'healthy'} verdict={refused ? 'Ends here' : atGateway.verdict === 'depends' ? 'May end here' : 'Goes on'} title="Policies of the gateway" note={atGateway.reason}>
          {atGateway.policy !== undefined && <span className="text-label"><ObjectLink kind="AuthorizationPolicy" namespace={atGateway.policy.namespace} name={atGateway.policy.name} at={`spec.rules[${atGateway.policy.rule}]`} part={`rule ${atGateway.policy.rule + 1}`} /></span>}
        </Step>
      )}
      {listener !== undefined && !refused && (
        <>
          <VirtualHostStep name={virtualHost} routes={tried.routeConfiguration} />
          {virtualHost !== undefined && <RoutesStep tried={tried} />}
          {fault !== undefined && <FaultStep fault={fault} />}
          {outcome.kind === 'forwarded' && <ForwardStep outcome={outcome} />}
        </>
      )}
    </Steps>
  );
}

function Filters({ names }: { readonly names: readonly string[] }) {
  return <span title={names.join('\n')}>{names.map((name) => name.replace(/^(envoy\.filters\.http\.|istio\.|envoy\.)/, '')).join(' → ')}</span>;
}

function VirtualHostStep({ name, routes }: { readonly name: string | undefined; readonly routes: string }) {
  const unknown = name === 'block_all';
  return (
    <Step status={name === undefined ? 'failing' : unknown ? 'degraded' : 'healthy'} verdict={name === undefined ? 'Ends here' : 'Goes on'} title="Virtual host" note={name === undefined ? 'none has this host' : <Name>{name}</Name>}>
      <Facts facts={[['Route configuration', <Name key="routes">{routes}</Name>], ['Meaning', unknown ? 'the mesh knows no such host, and lets nothing out that it does not know' : name === 'allow_any' ? 'the mesh knows no such host, and lets it pass' : undefined]]} />
    </Step>
  );
}

function RoutesStep({ tried: { passedOver, route, outcome } }: { readonly tried: TriedRequest }) {
  const count = passedOver.length + (route === undefined ? 0 : 1);
  const answer = outcome.kind === 'redirected' ? `redirects with ${statusText(outcome.status)} to ${outcome.location}` : outcome.kind === 'answered' ? `answers ${statusText(outcome.status)}` : undefined;
  return (
    <Step status={route === undefined ? 'failing' : answer === undefined ? 'healthy' : 'idle'} verdict={route === undefined || answer !== undefined ? 'Ends here' : 'Goes on'} title="Routes" note={route === undefined ? (count === 0 ? 'the virtual host has none' : `none of ${count} takes the request`) : (answer ?? (passedOver.length === 0 ? 'the first one takes the request' : `${count} tried, the last takes the request`))}>
      {count > 0 && (
        <RuleTable label="Routes tried" headers={['Route', 'Asks for', 'The request']}>
          {passedOver.map((passed, index) => (
            <RuleRow key={`${index}`}>
              <td className="whitespace-nowrap">
                <span className="flex items-center gap-2">
                  <X className="size-3.5 shrink-0 text-fg-tertiary" aria-label="Passed over" />
                  <RouteName route={passed.route} />
                </span>
              </td>
              <td>{conditionsOf(passed.route)}</td>
              <td className="text-fg-secondary">
                fails <span className="text-fg">{passed.failed.wanted}</span>: {passed.failed.was === undefined ? 'it has none' : <>it is <Name>{passed.failed.was}</Name></>}
              </td>
            </RuleRow>
          ))}
          {route !== undefined && (
            <RuleRow deciding>
              <td className="whitespace-nowrap">
                <span className="flex items-center gap-2">
                  <Check className="size-3.5 shrink-0 text-healthy" aria-label="Taken" />
                  <RouteName route={route} />
                </span>
              </td>
              <td>{conditionsOf(route)}</td>
              <td>has it all</td>
            </RuleRow>
          )}
        </RuleTable>
      )}
    </Step>
  );
}

function conditionsOf({ conditions }: SimulatedRoute): ReactNode {
  return conditions.length === 0 ? <span className="text-fg-secondary">nothing</span> : conditions.join(', ');
}

function RouteName({ route: { name, source } }: { readonly route: SimulatedRoute }) {
  if (source === undefined) return <span>{name === 'default' ? 'default route of the service' : name}</span>;
  const { kind, namespace, name: object, rule } = source;
  return (
    <span>
      <ObjectLink kind={kind} namespace={namespace} name={object} at={rule === undefined ? undefined : `spec.http[${rule}]`} part={rule === undefined ? undefined : `rule ${rule + 1}`} />
      {name !== '' && <span className="ml-1.5 text-fg-secondary">{name}</span>}
    </span>
  );
}

function FaultStep({ fault: { delay, abort } }: { readonly fault: NonNullable<RequestSimulation['fault']> }) {
  const ends = (abort?.share ?? 0) >= 1;
  return (
    <Step status={ends ? 'failing' : 'degraded'} verdict={ends ? 'Ends here' : 'May end here'} title="Injected fault" note={[...(delay === undefined ? [] : [`${shareText(delay.share)} wait ${delay.milliseconds} ms`]), ...(abort === undefined ? [] : [`${shareText(abort.share)} are answered ${statusText(abort.status)}`])].join(', ')} />
  );
}

function ForwardStep({ outcome }: { readonly outcome: Extract<RequestSimulation['outcome'], { kind: 'forwarded' }> }) {
  const { timeoutMs, retries, path, host, mirrors } = outcome;
  return (
    <Step status="healthy" verdict="Goes on" title="Sent on" note={<><Name>{host}</Name> <Name>{path}</Name></>}>
      <Facts
        facts={[
          ['Time limit', timeoutMs === 0 ? 'none' : `${timeoutMs} ms`],
          ['Retries', retries === undefined || retries.attempts === 0 ? 'none' : `up to ${retries.attempts} on ${retries.on.join(', ')}${retries.perTryTimeoutMs === undefined ? '' : `, ${retries.perTryTimeoutMs} ms each`}`],
          ['Copies', mirrors.length === 0 ? undefined : mirrors.map(({ host: to, subset, share }) => `${shareText(share)} to ${to}${subset === '' ? '' : ` (${subset})`}`).join(', ')],
        ]}
      />
    </Step>
  );
}
