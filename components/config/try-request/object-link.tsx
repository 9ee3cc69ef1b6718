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

/** The object that decided, at the line that did. */
export function ObjectLink({ kind, namespace, name, at, part }: ObjectLinkProps) {
  const { group, versions, plural } = servedKind(kind);
  return (
    <AppLink href={withParams(paths.configObject({ group, version: versions[0], plural, namespace, name }), { at })} title={`${kind} ${namespace}/${name}`} className="font-medium whitespace-nowrap text-accent hover:underline">
      {namespace}/{name}
      {part !== undefined && ` ${part}`}
    </AppLink>
  );
}
