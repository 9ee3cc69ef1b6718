import { AppLink } from '#components/shell/app-link.tsx';
import { Fact, Facts } from '../facts.tsx';
import { configObjectOf } from './config-object-of.ts';
import { describeCluster, describeEndpoints } from './describe-cluster.ts';
import { EndpointTable } from './endpoint-detail.tsx';
import { isObject, type Json } from './json-at.ts';
import { referencesOf } from './references.ts';
import { ResourceLink } from './resource-link.tsx';
import { TlsText } from './tls-text.tsx';

/** A cluster: which service, how its endpoints are found and chosen, how connections are secured and bounded. */
export function ClusterDetail({ cluster }: { readonly cluster: Json }) {
  const { discovery, balancer, connectTimeout, service, subset, guards, tls, config } = describeCluster(cluster);
  const endpoints = referencesOf('cluster', cluster).find(({ type }) => type === 'endpoint');
  const object = config === undefined ? undefined : configObjectOf(config);
  const assignment = cluster['loadAssignment'];
  return (
    <>
      <Facts>
        {service !== undefined && (
          <Fact name="Service">
            <span className="break-all">{service}</span>
            {subset !== undefined && <span className="text-fg-secondary">, subset {subset}</span>}
          </Fact>
        )}
        {object !== undefined && (
          <Fact name="Shaped by">
            <AppLink href={object.href} className="text-accent hover:underline">
              {object.label}
            </AppLink>
          </Fact>
        )}
        <Fact name="Discovery">{discovery}</Fact>
        <Fact name="Balancer">{balancer}</Fact>
        {connectTimeout !== undefined && <Fact name="Connect timeout">{connectTimeout}</Fact>}
        {endpoints !== undefined && !isObject(assignment) && (
          <Fact name="Endpoints">
            <ResourceLink to={endpoints} />
          </Fact>
        )}
        {guards.length > 0 && (
          <Fact name="Guards">
            <ul>
              {guards.map((guard) => (
                <li key={guard}>{guard}</li>
              ))}
            </ul>
          </Fact>
        )}
      </Facts>
      <section className="flex flex-col gap-2">
        <h3 className="font-semibold">Security</h3>
        <Facts>
          {tls.map(({ when, tls: view }) => (
            <Fact key={when} name={when !== '' ? `where ${when}` : tls.length > 1 ? 'elsewhere' : 'everywhere'}>
              <TlsText tls={view} />
            </Fact>
          ))}
        </Facts>
      </section>
      {isObject(assignment) && <EndpointTable endpoints={describeEndpoints(assignment)} />}
    </>
  );
}
