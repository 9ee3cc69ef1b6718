'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useNamespaceNames } from '#components/shell/use-namespaces.ts';
import { configListQuery, servicesQuery, workloadsQuery } from '../queries.ts';
import { principalOf } from '../authorization/principal.ts';
import type { KnownNames } from './yaml-completion.ts';

/** Hosts, subsets, gateways, namespaces and identities there are, for completion. */
export function useKnownNames(): KnownNames {
  const services = useQuery(servicesQuery).data;
  const workloads = useQuery(workloadsQuery).data;
  const gateways = useQuery(configListQuery({ kind: 'Gateway' })).data;
  const namespaces = useNamespaceNames().data;
  return useMemo(() => {
    const hosts = unique((services ?? []).flatMap(({ name, host }) => [name, host]));
    const versions = unique((workloads ?? []).map(({ version }) => version));
    const spaces = [...(namespaces ?? [])];
    return {
      host: hosts,
      hosts,
      subset: versions,
      version: versions,
      app: unique((workloads ?? []).map(({ app }) => app)),
      gateways: ['mesh', ...(gateways?.objects ?? []).map(({ namespace, name }) => `${namespace ?? ''}/${name}`)],
      principals: unique((workloads ?? []).map(({ namespace, serviceAccount }) => principalOf(namespace, serviceAccount))),
      namespace: spaces,
      namespaces: spaces,
    };
  }, [services, workloads, gateways, namespaces]);
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== ''))].sort();
}
