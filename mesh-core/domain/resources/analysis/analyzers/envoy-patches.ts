import type { EnvoyConfigPatch, EnvoyFilter } from '../../envoy-filter.ts';
import { addFix } from '../analysis-message.ts';
import type { Finding, MessageBody } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0151 to IST0155: patches whose operation does not fit, or whose outcome depends on their order. Source: envoyfilter/envoyfilter.go. */
export const envoyPatches: Analyzer = {
  name: 'envoyfilter.EnvoyPatchAnalyzer',
  kinds: ['EnvoyFilter'],
  analyze(input, report) {
    // Filters that an earlier patch changes for some proxy versions only.
    const versioned = new Set<string>();
    for (const object of input.all<EnvoyFilter>('EnvoyFilter')) {
      for (const [index, patch] of (object.spec?.configPatches ?? []).entries()) {
        if (patch.patch === undefined) break;
        const name = filterName(patch);
        const body = findingOf(patch, (object.spec?.priority ?? 0) === 0, versioned.has(name));
        const relative = body?.code === 'IST0151' || body?.code === 'IST0155';
        const finding: Finding = { path: `spec.configPatches[${index}].patch`, ...(relative ? { fix: addFix('Set a priority', ['spec', 'priority'], 10) } : {}) };
        if (body !== undefined) report(object, body, finding);
        if ((matchOf(patch).proxy?.proxyVersion ?? '') !== '') versioned.add(name);
      }
    }
  },
};

const RELATIVE = ['INSERT_BEFORE', 'INSERT_AFTER', 'REMOVE', 'REPLACE'];

function findingOf({ applyTo = '', patch }: EnvoyConfigPatch, unordered: boolean, versioned: boolean): MessageBody | undefined {
  const { operation = '' } = patch ?? {};
  const route = applyTo === 'ROUTE_CONFIGURATION' || applyTo === 'HTTP_ROUTE';
  if (operation === 'ADD') return route ? messages.envoyFilterUsesAddOperationIncorrectly() : undefined;
  if (operation === 'REMOVE' && route) return messages.envoyFilterUsesRemoveOperationIncorrectly();
  if (operation === 'REPLACE' && !['NETWORK_FILTER', 'HTTP_FILTER', 'VIRTUAL_HOST'].includes(applyTo)) return messages.envoyFilterUsesReplaceOperationIncorrectly();
  if (!RELATIVE.includes(operation) || !unordered) return undefined;
  return versioned ? messages.envoyFilterUsesRelativeOperationWithProxyVersion() : messages.envoyFilterUsesRelativeOperation();
}

interface Match {
  readonly proxy?: { readonly proxyVersion?: string };
  readonly listener?: { readonly filterChain?: { readonly filter?: { readonly name?: string } } };
}

/** Safe: the schema of the kind has these fields. */
function matchOf({ match }: EnvoyConfigPatch): Match {
  return (match ?? {}) as Match;
}

/** The name of what is put in, or else of the filter that is matched. */
function filterName(patch: EnvoyConfigPatch): string {
  const value = patch.patch?.value as { readonly name?: unknown } | undefined;
  if (value === undefined) return '';
  return value.name === undefined ? (matchOf(patch).listener?.filterChain?.filter?.name ?? '') : JSON.stringify(value.name);
}
