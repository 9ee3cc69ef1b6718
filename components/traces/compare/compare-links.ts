import { paths, withParams } from '#components/api/paths.ts';
import { attribute, compares, EVERYTHING, intrinsic } from '#components/traces/search/conditions.ts';
import { withCondition } from '#components/traces/search/query-edits.ts';
import { writeQuery } from '#components/traces/search/query-text.ts';

/** The comparison of what two versions of a service served: by the canonical names that Istio's proxies put into spans. */
export function compareVersionsHref(service: string, stable: string, canary: string): string {
  const served = (version: string): string =>
    writeQuery(
      [
        compares(attribute('istio.canonical_service', 'span'), '=', { type: 'string', value: service }),
        compares(attribute('istio.canonical_revision', 'span'), '=', { type: 'string', value: version }),
        compares(intrinsic('span:kind'), '=', { type: 'kind', value: 'server' }),
      ].reduce(withCondition, EVERYTHING),
    );
  return withParams(paths.traceCompare(), { qa: served(stable), qb: served(canary) });
}
