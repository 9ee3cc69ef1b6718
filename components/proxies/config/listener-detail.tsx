import { Badge } from '#components/ui/badge.tsx';
import { Fact, Facts } from '../facts.tsx';
import { describeListener, type FilterChainView, type FilterView } from './describe-listener.ts';
import type { Json } from './json-at.ts';
import { ResourceLink } from './resource-link.tsx';
import { Targets } from './targets.tsx';
import { TlsText } from './tls-text.tsx';
import { VirtualHostList } from './virtual-host-list.tsx';

/** A listener: where it listens, and its filter chains in the order in which they are tried. */
export function ListenerDetail({ listener }: { readonly listener: Json }) {
  const { address, direction, bound, listenerFilters, chains } = describeListener(listener);
  return (
    <>
      <Facts>
        <Fact name="Address">
          <code className="font-mono">{address}</code>
          {!bound && <span className="text-fg-secondary">, not bound: connections are handed to it</span>}
        </Fact>
        <Fact name="Direction">{direction === 'both' ? 'not said' : direction}</Fact>
        {listenerFilters.length > 0 && <Fact name="Looks first with">{listenerFilters.join(', ')}</Fact>}
      </Facts>
      <section className="flex flex-col gap-2">
        <h3 className="font-semibold">
          Filter chains <span className="font-normal text-fg-tertiary tabular-nums">{chains.length}</span>
        </h3>
        {chains.map((chain, index) => (
          <Chain key={`${index} ${chain.name}`} chain={chain} />
        ))}
      </section>
    </>
  );
}

function Chain({ chain: { name, match, tls, filters, isDefault } }: { readonly chain: FilterChainView }) {
  return (
    <article className="rounded-control border border-line" aria-label={name === '' ? 'Filter chain' : name}>
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 border-b border-line-subtle bg-sunken px-3 py-1.5">
        {name !== '' && <span className="font-medium break-all">{name}</span>}
        {match.map((one) => (
          <Badge key={one}>{one}</Badge>
        ))}
        {match.length === 0 && <span className="text-fg-secondary">{isDefault ? 'connections that no other chain takes' : 'every connection'}</span>}
      </header>
      <div className="flex flex-col gap-3 px-3 py-2">
        {tls.mode !== 'plaintext' && (
          <Facts>
            <Fact name="Security">
              <TlsText tls={tls} />
            </Fact>
          </Facts>
        )}
        {filters.map((filter, index) => (
          <Filter key={`${index} ${filter.name}`} filter={filter} />
        ))}
      </div>
    </article>
  );
}

function Filter({ filter: { name, httpFilters, route, virtualHosts, clusters } }: { readonly filter: FilterView }) {
  return (
    <div className="flex flex-col gap-1.5">
      <p className="font-mono">{name}</p>
      <div className="flex flex-col gap-2 border-l-2 border-line pl-3">
        {httpFilters.length > 0 && (
          <ol className="flex flex-wrap items-center gap-1" aria-label="HTTP filters in order">
            {httpFilters.map((one, index) => (
              <li key={`${index} ${one}`}>
                <Badge mono>{one}</Badge>
              </li>
            ))}
          </ol>
        )}
        {route !== undefined && (
          <p>
            <span className="text-fg-secondary">routes by</span> <ResourceLink to={{ type: 'route', name: route }} />
          </p>
        )}
        {virtualHosts.length > 0 && <VirtualHostList hosts={virtualHosts} />}
        {clusters.length > 0 && <Targets targets={clusters} />}
      </div>
    </div>
  );
}
