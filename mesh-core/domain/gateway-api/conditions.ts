import type { StatusCondition } from '../resources/gateway-api.ts';

/** Something wrong with configuration, as it is reported in a condition. */
export interface ConfigError {
  readonly reason: string;
  readonly message: string;
}
/** What a condition should say. `status` is that of success (default True); an error replaces words and turns it round. */
export interface ConditionWish {
  readonly reason: string;
  readonly message: string;
  readonly status?: 'True' | 'False' | 'Unknown';
  readonly error?: ConfigError | undefined;
}
export type ConditionWishes = Readonly<Record<string, ConditionWish>>;
/** For which generation of the object, and when (RFC 3339), conditions are written. */
export interface StatusMoment {
  readonly generation: number | undefined;
  readonly now: string;
}

/**
 * Existing conditions brought up to date: those that stay keep their place, new ones follow in the order of the alphabet.
 * The time of a condition changes only with its status, and a condition that says the same is left as it is, so that a
 * status which did not change is not written again. Source: istiod's SetListenerConditions and kstatus.
 */
export function setConditions(existing: readonly StatusCondition[] | undefined, wishes: ConditionWishes, moment: StatusMoment): StatusCondition[] {
  let conditions: StatusCondition[] = [...(existing ?? [])];
  for (const [type, wish] of Object.entries(wishes).sort(([a], [b]) => (a < b ? -1 : 1))) {
    conditions = updated(conditions, wanted(type, wish, moment));
  }
  return conditions;
}

function wanted(type: string, { reason, message, status = 'True', error }: ConditionWish, { generation, now }: StatusMoment): StatusCondition {
  const said = error === undefined ? { reason, message, status } : { reason: error.reason, message: error.message, status: status === 'False' ? ('True' as const) : ('False' as const) };
  return { type, ...said, ...(generation ? { observedGeneration: generation } : undefined), lastTransitionTime: now };
}

function updated(conditions: StatusCondition[], condition: StatusCondition): StatusCondition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const existing = conditions[at];
  if (existing === undefined) return [...conditions, condition];
  if (existing.status !== condition.status) return conditions.with(at, condition);
  if (existing.message === condition.message && (existing.observedGeneration ?? 0) === (condition.observedGeneration ?? 0)) return conditions;
  const { lastTransitionTime } = existing;
  return conditions.with(at, { ...condition, ...(lastTransitionTime === undefined ? undefined : { lastTransitionTime }) });
}

/** Two errors as one, with the reason of the first. */
export function joinErrors(a: ConfigError | undefined, b: ConfigError | undefined): ConfigError | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { reason: a.reason, message: `${a.message}; ${b.message}` };
}

/** `a`, `a and b`, `a, b, and c`. */
export function enumeration(items: readonly string[]): string {
  if (items.length <= 2) return items.join(' and ');
  return `${items.slice(0, -1).join(', ')}, and ${items.at(-1) ?? ''}`;
}
