'use client';

import { useState } from 'react';
import { AppLink } from '#components/shell/app-link.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { configObjectOf } from './config-object-of.ts';
import type { RouteView, VirtualHostView } from './describe-routes.ts';
import { ResourceLink } from './resource-link.tsx';
import { Targets } from './targets.tsx';

/** From this many hosts on there is a filter; so many are drawn at once. */
const FILTER_FROM = 6;
const DRAWN = 100;
const SHOWN_DOMAINS = 4;

/** The virtual hosts of a route table: for whom, which requests, and where they go. */
export function VirtualHostList({ hosts }: { readonly hosts: readonly VirtualHostView[] }) {
  const [filter, setFilter] = useState('');
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const matching = hosts.filter((host) => words.every((word) => `${host.name} ${host.domains.join(' ')}`.toLowerCase().includes(word)));
  return (
    <section className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <h3 className="font-semibold">Hosts</h3>
        <span className="text-fg-tertiary tabular-nums">{matching.length === hosts.length ? hosts.length : `${matching.length} of ${hosts.length}`}</span>
        {hosts.length >= FILTER_FROM && <SearchInput value={filter} onChange={(event) => setFilter(event.target.value)} placeholder="Filter hosts" aria-label="Filter hosts" className="ml-auto w-48" />}
      </div>
      {matching.slice(0, DRAWN).map((host) => (
        <VirtualHost key={host.name} host={host} />
      ))}
      {matching.length > DRAWN && <p className="text-fg-secondary">{matching.length - DRAWN} more; the filter finds them.</p>}
    </section>
  );
}

function VirtualHost({ host: { name, domains, routes } }: { readonly host: VirtualHostView }) {
  const more = domains.length - SHOWN_DOMAINS;
  return (
    <article className="rounded-control border border-line" aria-label={name}>
      <header className="border-b border-line-subtle bg-sunken px-3 py-1.5">
        <p className="font-medium break-all">{name}</p>
        <p className="break-words text-fg-secondary" title={domains.join('\n')}>
          {domains.slice(0, SHOWN_DOMAINS).join(', ')}
          {more > 0 && ` and ${more} more`}
        </p>
      </header>
      <ol>
        {routes.map((route, index) => (
          // Routes have no name that is sure to be their own; their order is their meaning.
          <li key={index} className="border-b border-line-subtle px-3 py-2 last:border-transparent">
            <RouteDetail route={route} />
          </li>
        ))}
        {routes.length === 0 && <li className="px-3 py-2 text-fg-secondary">No route: every request is answered 404.</li>}
      </ol>
    </article>
  );
}

function RouteDetail({ route: { name, match, targets, answer, extras, mirrors, config } }: { readonly route: RouteView }) {
  const object = config === undefined ? undefined : configObjectOf(config);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="break-words">{match.join(' and ')}</span>
        {name !== '' && name !== 'default' && <Badge>{name}</Badge>}
        {object !== undefined && (
          <AppLink href={object.href} className="ml-auto text-accent hover:underline">
            {object.label}
          </AppLink>
        )}
      </div>
      {answer !== undefined && <p className="font-medium break-words">{answer}</p>}
      <Targets targets={targets} />
      {mirrors.map((cluster) => (
        <p key={cluster} className="text-fg-secondary">
          a copy to <ResourceLink to={{ type: 'cluster', name: cluster }} />
        </p>
      ))}
      {extras.length > 0 && <p className="break-words text-fg-secondary">{extras.join(' · ')}</p>}
    </div>
  );
}
