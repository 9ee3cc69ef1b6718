import { StatusLabel } from '#components/status/status-label.tsx';
import { Badge } from '#components/ui/badge.tsx';
import type { SimulatedArrival } from '#mesh-core/domain/decide/simulated-arrival.ts';
import type { SimulatedWorkload } from '#mesh-core/domain/decide/simulated-destination.ts';
import { ObjectLink } from './object-link.tsx';
import { Facts, Name, RuleRow, RuleTable, Step, Steps } from './step.tsx';
import { ruleVerdict } from './words.ts';

const CONNECTIONS: Readonly<Record<SimulatedWorkload['connection'], string>> = { 'mutual-tls': 'mutual TLS', tls: 'TLS', plaintext: 'plain text' };

/** What the workload's sidecar does with the request, in its order; it ends where the request is refused. */
export function ArrivalSteps({ workload }: { readonly workload: SimulatedWorkload }) {
  const { refused, arrival, authorization, workload: name } = workload;
  const closed = arrival !== undefined && arrival.filterChain === undefined;
  const badToken = arrival?.token?.token === 'unknown-issuer' || arrival?.token?.token === 'unreadable';
  const isOpen = refused === undefined && !closed;
  const denied = authorization.verdict === 'deny';
  return (
    <Steps label={`In the proxy of ${name}`}>
      <ConnectionStep workload={workload} />
      {refused === undefined && arrival !== undefined && (
        <Step status={closed ? 'failing' : 'healthy'} verdict={closed ? 'Ends here' : 'Goes on'} title="Listener" note={<Name>{arrival.listener}</Name>}>
          <Facts facts={[['Filter chain', closed ? 'none takes such a connection' : arrival.filterChain === arrival.listener || arrival.filterChain === '' ? undefined : <Name key="chain">{arrival.filterChain}</Name>], ['Filters', arrival.filters.length === 0 ? undefined : arrival.filters.map((filter) => filter.replace(/^(envoy\.filters\.http\.|istio\.|envoy\.)/, '')).join(' → ')]]} />
        </Step>
      )}
      {isOpen && arrival?.token !== undefined && <TokenStep token={arrival.token} />}
      {isOpen && !badToken && <PoliciesStep workload={workload} />}
      {isOpen && !badToken && !denied && arrival !== undefined && arrival.rateLimits.length > 0 && <LimitsStep limits={arrival.rateLimits} />}
      {isOpen && !badToken && !denied && (
        <Step status="healthy" verdict="Arrives" title="The app" note={arrival?.cluster === undefined ? 'gets the request' : <>gets the request through <Name>{arrival.cluster}</Name></>} />
      )}
    </Steps>
  );
}

function ConnectionStep({ workload: { connection, refused, mutualTlsMode, mutualTlsPolicy } }: { readonly workload: SimulatedWorkload }) {
  return (
    <Step status={refused === undefined ? 'healthy' : 'failing'} verdict={refused === undefined ? 'Goes on' : 'Ends here'} title="Connection" note={refused === undefined ? `${CONNECTIONS[connection]}, accepted` : `${CONNECTIONS[connection]}, refused: ${refused}`}>
      <Facts
        facts={[
          ['Mutual TLS there', mutualTlsMode === undefined ? 'no proxy of the mesh' : mutualTlsMode],
          ['Set by', mutualTlsMode === undefined ? undefined : mutualTlsPolicy === undefined ? 'no PeerAuthentication: the default' : <ObjectLink key="policy" kind="PeerAuthentication" {...mutualTlsPolicy} at="spec" />],
        ]}
      />
    </Step>
  );
}

const TOKENS: Readonly<Record<NonNullable<SimulatedArrival['token']>['token'], string>> = {
  none: 'none sent; passes without claims',
  'accepted-if-signed': 'accepted when its signature and times are good; its claims count',
  'unknown-issuer': 'refused: nobody takes tokens of its issuer',
  unreadable: 'refused: it cannot be read',
};

function TokenStep({ token: { token, issuer, issuers } }: { readonly token: NonNullable<SimulatedArrival['token']> }) {
  const refused = token === 'unknown-issuer' || token === 'unreadable';
  return (
    <Step status={refused ? 'failing' : 'healthy'} verdict={refused ? 'Ends here' : 'Goes on'} title="Token" note={TOKENS[token]}>
      <Facts facts={[['Issuer', issuer === undefined ? undefined : <Name key="issuer">{issuer === '' ? 'none' : issuer}</Name>], ['Taken from', issuers.join(', ')]]} />
    </Step>
  );
}

function PoliciesStep({ workload: { authorization, arrival } }: { readonly workload: SimulatedWorkload }) {
  const { verdict, reason, policy: deciding } = authorization;
  const rules = arrival?.rules ?? [];
  return (
    <Step status={verdict === 'deny' ? 'failing' : verdict === 'depends' ? 'degraded' : 'healthy'} verdict={verdict === 'deny' ? 'Ends here' : verdict === 'depends' ? 'May end here' : 'Goes on'} title="Authorization policies" note={reason}>
      {rules.length > 0 && (
        <RuleTable label="Rules asked" headers={['Rule', 'Action', 'The request', 'Why']}>
          {rules.map(({ policy, action, applies, because, dryRun }) => {
            const { status, label, why } = ruleVerdict({ applies, because });
            const decides = !dryRun && deciding?.namespace === policy.namespace && deciding.name === policy.name && deciding.rule === policy.rule;
            return (
              <RuleRow key={`${policy.namespace}/${policy.name}/${policy.rule}/${action}`} deciding={decides}>
                <td className="whitespace-nowrap">
                  <ObjectLink kind="AuthorizationPolicy" namespace={policy.namespace} name={policy.name} at={`spec.rules[${policy.rule}]`} part={`rule ${policy.rule + 1}`} />
                </td>
                <td>
                  <span className="flex gap-1">
                    <Badge mono>{action}</Badge>
                    {dryRun && <Badge title="Only counted and logged">dry run</Badge>}
                  </span>
                </td>
                <td className="whitespace-nowrap">
                  <StatusLabel quiet status={applies === 'yes' && action === 'DENY' && !dryRun ? 'failing' : status} label={label} />
                </td>
                <td className="w-full">
                  {why}
                  {decides && <span className="ml-1.5"><Badge tone="accent">decides</Badge></span>}
                </td>
              </RuleRow>
            );
          })}
        </RuleTable>
      )}
    </Step>
  );
}

function LimitsStep({ limits }: { readonly limits: SimulatedArrival['rateLimits'] }) {
  const counting = limits.filter(({ applies, dryRun }) => applies && !dryRun).length;
  return (
    <Step status={counting > 0 ? 'degraded' : 'healthy'} verdict={counting > 0 ? 'May end here' : 'Goes on'} title="Rate limits" note={counting === 0 ? 'it counts against none' : `it counts against ${counting}`}>
      <RuleTable label="Limits asked" headers={['Limit', 'Requests', 'The request']}>
        {limits.map(({ policy, limit, requests, per, applies, dryRun }) => (
          <RuleRow key={`${policy.namespace}/${policy.name}/${limit}`} deciding={applies && !dryRun}>
            <td className="whitespace-nowrap">
              <ObjectLink kind="RateLimitPolicy" namespace={policy.namespace} name={policy.name} part={/^\d+$/.test(limit) ? `limit ${Number(limit) + 1}` : limit} at={/^\d+$/.test(limit) ? `spec.limits[${limit}]` : 'spec.limits'} />
            </td>
            <td className="whitespace-nowrap tabular-nums">
              {requests} in {per}
            </td>
            <td className="w-full">
              {applies ? 'counts' : 'does not count'}
              {dryRun && <span className="ml-1.5"><Badge title="Only counted and logged">dry run</Badge></span>}
            </td>
          </RuleRow>
        ))}
      </RuleTable>
    </Step>
  );
}
