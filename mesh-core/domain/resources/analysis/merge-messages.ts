import type { AnalysisLevel, AnalysisMessage } from './analysis-message.ts';

/** A message that another tool's check says too, under a code of its own. */
export interface MergedMessage extends AnalysisMessage {
  /** The other codes, with the pages that explain them. */
  readonly also?: readonly { readonly code: string; readonly docs: string }[];
}

/** Istio's code → Kiali's codes that say the same when they are about the same place of the same object. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  IST0101: ['KIA0302', 'KIA1101', 'KIA1102', 'KIA1107', 'KIA0004'],
  IST0109: ['KIA1106'],
  IST0110: ['KIA0003'],
  IST0111: ['KIA0002'],
  IST0118: ['KIA0601'],
  IST0127: ['KIA0004'],
  IST0145: ['KIA0301'],
};
const RANK: Readonly<Record<AnalysisLevel, number>> = { Error: 0, Warning: 1, Info: 2 };

/**
 * Puts what two tools say of one thing into one message with both codes: Istio's words, the nearer of the two paths, the graver of
 * the two levels, and whichever fix there is. Gives errors first, then warnings, then notes; within a level the order stays.
 */
export function mergeMessages(messages: readonly AnalysisMessage[]): readonly MergedMessage[] {
  const byObject = Map.groupBy(messages, ({ object }) => JSON.stringify([object.apiVersion.split('/', 1)[0], object.kind, object.namespace, object.name]));
  const absorbed = new Set<AnalysisMessage>();
  const merged = new Map<AnalysisMessage, MergedMessage>();
  for (const own of byObject.values()) {
    for (const message of own) {
      const codes = Object.hasOwn(SAME, message.code) ? (SAME[message.code] ?? []) : [];
      const same = own.filter((other) => codes.includes(other.code) && !absorbed.has(other) && isSamePlace(message.path, other.path));
      if (same.length === 0) continue;
      for (const other of same) absorbed.add(other);
      merged.set(message, join(message, same));
    }
  }
  return messages
    .filter((message) => !absorbed.has(message))
    .map((message): MergedMessage => merged.get(message) ?? message)
    .toSorted((a, b) => RANK[a.level] - RANK[b.level]);
}

function join(message: AnalysisMessage, same: readonly AnalysisMessage[]): MergedMessage {
  const all = [message, ...same];
  const nearest = all.reduce((best, { path }) => (path.length > best.length ? path : best), '');
  const level = all.reduce((worst: AnalysisLevel, other) => (RANK[other.level] < RANK[worst] ? other.level : worst), message.level);
  const fix = all.find((one) => one.fix !== undefined)?.fix;
  const also = [...new Map(same.map(({ code, docs }) => [code, { code, docs }])).values()];
  // Of several places within its own, the message names its own.
  return { ...message, level, path: same.length === 1 ? nearest : message.path, also, ...(fix === undefined ? {} : { fix }) };
}

/** Is one path the other, or within it? */
function isSamePlace(a: string, b: string): boolean {
  const [outer, inner] = a.length <= b.length ? [a, b] : [b, a];
  return inner === outer || outer === '' || inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);
}
