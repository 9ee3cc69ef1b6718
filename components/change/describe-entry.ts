import { paths, withParams } from '#components/api/paths.ts';
import type { AuditEntry } from '#server/audit/audit-log.ts';

const VERBS: Readonly<Record<string, string>> = { create: 'Created', update: 'Updated', delete: 'Deleted', undo: 'Undid', 'sign-in': 'Signed in', 'create-token': 'Made an API token', 'revoke-token': 'Revoked an API token', 'create-sign-in-link': 'Made a sign-in link' };

/** What was done, for people: `Updated VirtualService catalog`. */
export function changeText({ action, object }: Pick<AuditEntry, 'action' | 'object'>): string {
  // `rollout Promoted` is a phase it went into, `rollout pause` what somebody told it.
  if (object?.kind === 'CanaryRollout' && action.startsWith('rollout ')) return `Rollout ${object.name}: ${phaseText(action.slice('rollout '.length))}`;
  const verb = verbText(action);
  return object === undefined ? verb : `${verb} ${object.kind} ${object.name}`;
}

/** An action by its past: `update` → `Updated`. */
export function verbText(action: string): string {
  return VERBS[action] ?? sentenceCase(action);
}

/** Who did it: `captain`, `rollout shop/catalog`, `outside this console`. */
export function actorText(actor: string): string {
  if (actor === 'external') return 'outside this console';
  const colon = actor.indexOf(':');
  const kind = actor.slice(0, Math.max(0, colon));
  const name = actor.slice(colon + 1);
  switch (kind) {
    case 'token':
      return `token ${name}`;
    case 'rollout':
      return `rollout ${name}`;
    default:
      return name;
  }
}

/** Is it the rollout's own step? Its name stands in the change already. */
export function isOwnStep({ actor, action, object }: Pick<AuditEntry, 'actor' | 'action' | 'object'>): boolean {
  return object?.kind === 'CanaryRollout' && action.startsWith('rollout ') && actor === `rollout:${object.namespace ?? ''}/${object.name}`;
}

/** What else is known of it; nothing when it only says again who did it. */
export function detailText({ actor, detail }: Pick<AuditEntry, 'actor' | 'detail'>): string | undefined {
  return detail === `by ${actorText(actor)}` ? undefined : detail;
}

/** The entry on the history page. */
export function entryHref({ id }: Pick<AuditEntry, 'id'>): string {
  return withParams(paths.history(), { entry: id });
}

/** `RolledBack` → `rolled back`. */
function phaseText(phase: string): string {
  return phase.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

function sentenceCase(action: string): string {
  const words = action.replaceAll('-', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
