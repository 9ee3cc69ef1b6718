'use client';

import { createContext, useContext } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';

export interface ObjectLinkProps {
  /** Id in the table of kinds. */
  readonly kind: 'VirtualService' | 'HTTPRoute' | 'GRPCRoute' | 'DestinationRule' | 'PeerAuthentication' | 'AuthorizationPolicy' | 'RateLimitPolicy';
  readonly namespace: string;
  readonly name: string;
  /** The field that is meant: `spec.http[0]`. The page opens at its line. */
  readonly at?: string | undefined;
  /** After the name: `rule 1`. */
  readonly part?: string | undefined;
}

/** Objects that are tried but not written, as `Kind/namespace/name`: they have no page. */
export const UnwrittenObjects = createContext<ReadonlySet<string>>(new Set());

/** The object that decided, at the line that did. */
export function ObjectLink({ kind, namespace, name, at, part }: ObjectLinkProps) {
  const unwritten = useContext(UnwrittenObjects);
  const { group, versions, plural } = servedKind(kind);
  const text = `${namespace}/${name}${part === undefined ? '' : ` ${part}`}`;
  if (unwritten.has(`${kind}/${namespace}/${name}`)) {
    return (
      <span title={`${kind} ${namespace}/${name}, not written yet`} className="font-medium whitespace-nowrap">
        {text}
      </span>
    );
  }
  return (
    <AppLink href={withParams(paths.configObject({ group, version: versions[0], plural, namespace, name }), { at })} title={`${kind} ${namespace}/${name}`} className="font-medium whitespace-nowrap text-accent hover:underline">
      {text}
    </AppLink>
  );
}
