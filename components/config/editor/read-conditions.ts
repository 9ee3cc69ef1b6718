export interface ShownCondition {
  readonly type: string;
  /** `True`, `False` or `Unknown`. */
  readonly holds: string;
  /** Something a person should look at. */
  readonly bad: boolean;
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly since: string | undefined;
}
export interface ConditionGroup {
  /** The part of the object that they are about: `Parent istio-system/edge`, `Listener http`; '' for the whole. */
  readonly of: string;
  readonly conditions: readonly ShownCondition[];
}

/** Types whose being true is the trouble. Source: Gateway API's and Istio's condition types. */
const BAD_WHEN_TRUE = new Set(['Conflicted', 'OverlappingTLSConfig', 'PartiallyInvalid', 'InsecureFrontendValidationMode']);

/**
 * Conditions of an object's status: its own, then those of its parts (listeners of a Gateway; parents of a route; ancestors of
 * a policy). Takes any status, as it is not ours to trust; what is not a condition is passed over.
 */
export function readConditions(status: unknown): readonly ConditionGroup[] {
  const fields = fieldsOf(status);
  const parts: readonly (readonly [string, string, string])[] = [
    ['listeners', 'name', 'Listener'],
    ['parents', 'parentRef', 'Parent'],
    ['ancestors', 'ancestorRef', 'For'],
  ];
  const groups = [
    { of: '', conditions: conditionsOf(fields['conditions']) },
    ...parts.flatMap(([list, name, word]) => listOf(fields[list]).map((part) => ({ of: `${word} ${nameOf(fieldsOf(part)[name])}`, conditions: conditionsOf(fieldsOf(part)['conditions']) }))),
  ];
  return groups.filter(({ conditions }) => conditions.length > 0);
}

function conditionsOf(value: unknown): readonly ShownCondition[] {
  return listOf(value).flatMap((item): ShownCondition[] => {
    const { type, status, reason, message, lastTransitionTime } = fieldsOf(item);
    if (typeof type !== 'string' || typeof status !== 'string') return [];
    return [{ type, holds: status, bad: BAD_WHEN_TRUE.has(type) ? status === 'True' : status === 'False', reason: textOf(reason), message: textOf(message), since: typeof lastTransitionTime === 'string' ? lastTransitionTime : undefined }];
  });
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { namespace, name, sectionName } = fieldsOf(value);
  return `${textOf(namespace) === '' ? '' : `${textOf(namespace)}/`}${textOf(name)}${textOf(sectionName) === '' ? '' : `, ${textOf(sectionName)}`}`;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
