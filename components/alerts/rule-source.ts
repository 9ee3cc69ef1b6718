import { paths } from '#components/api/paths.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { RuleGroupStatus } from '#server/rules/schemas.ts';

/** The page where the object behind a group is edited. */
export function sourceHref({ kind, namespace, name }: NonNullable<RuleGroupStatus['source']>): string {
  const { group, versions, plural } = servedKind(kind);
  return paths.configObject({ group, version: versions[0], plural, namespace, name });
}
