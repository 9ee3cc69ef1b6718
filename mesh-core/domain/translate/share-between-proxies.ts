import type { MeshSnapshot, ProxyNode } from './mesh-snapshot.ts';
import { contextOfExpanded } from './proxy-context.ts';
import type { ProxyContext } from './proxy-context.ts';

interface Made<R> {
  /** What was read of the node, by field: JSON of its value. */
  readonly reads: ReadonlyMap<string, string>;
  readonly result: R;
}

/**
 * A part of translation that many proxies have in common, made once per snapshot for all whose nodes agree in everything that
 * was read while it was made. Which fields these are is watched, not declared: a part that begins to read another one is
 * shared among fewer proxies, and never wrongly. Equal results are one object, so that they are encoded and compared once.
 */
export function shareBetweenProxies<R>(build: (context: ProxyContext, name: string) => R): (context: ProxyContext, name?: string) => R {
  const bySnapshot = new WeakMap<MeshSnapshot, Map<string, Made<R>[]>>();
  return (context, name = '') => {
    let byName = bySnapshot.get(context.snapshot);
    if (byName === undefined) {
      byName = new Map();
      bySnapshot.set(context.snapshot, byName);
    }
    const known = byName.get(name) ?? [];
    byName.set(name, known);
    const found = known.find(({ reads }) => [...reads].every(([field, json]) => jsonOf(context.node, field) === json));
    if (found !== undefined) return found.result;
    const fields = new Set<string>();
    // Lookups of its own: those of `context` may have been filled, and their reads missed.
    const result = build(contextOfExpanded(context.snapshot, watched(context.node, fields)), name);
    known.push({ reads: new Map([...fields].map((field) => [field, jsonOf(context.node, field)])), result });
    return result;
  };
}

function watched(node: ProxyNode, fields: Set<string>): ProxyNode {
  return new Proxy(node, {
    get(target, field) {
      if (typeof field === 'string') fields.add(field);
      return Reflect.get(target, field) as unknown;
    },
    has(target, field) {
      if (typeof field === 'string') fields.add(field);
      return Reflect.has(target, field);
    },
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      // Which fields there are is read too: of an absent one as of a present one.
      for (const field of [...keys, ...OPTIONAL_FIELDS]) if (typeof field === 'string') fields.add(field);
      return keys;
    },
  });
}

const OPTIONAL_FIELDS: readonly (keyof ProxyNode)[] = ['inboundPort', 'outboundPort', 'statsPort', 'appPort', 'interception', 'locality'];

function jsonOf(node: ProxyNode, field: string): string {
  // Safe because it is only compared.
  return JSON.stringify((node as unknown as Readonly<Record<string, unknown>>)[field]) ?? '';
}
