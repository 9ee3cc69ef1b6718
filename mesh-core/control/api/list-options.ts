import { badRequest, invalidOptions } from './api-error.ts';

const MATCH = 'resourceVersionMatch';

/** Is a query parameter set to a true value? */
export function isTrue(query: URLSearchParams, name: string): boolean {
  return ['true', '1'].includes((query.get(name) ?? '').toLowerCase());
}

/**
 * Checks what a list or watch says about versions, by itself and together. @throws KubeError 400 for a version that is no number, 422 for options
 * that do not go together. Source: apimachinery pkg/apis/meta/internalversion/validation.
 */
export function checkListOptions(query: URLSearchParams): void {
  const version = query.get('resourceVersion') ?? '';
  const match = query.get(MATCH) ?? '';
  if (version !== '' && !/^\d{1,15}$/.test(version)) throw badRequest(`resourceVersion is "${version}", not a whole number`);
  if (isTrue(query, 'watch')) return checkWatchOptions(query, match);
  if (query.has('sendInitialEvents')) throw forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list');
  if (match === '') return;
  if (version === '') throw forbidden(MATCH, 'resourceVersionMatch is forbidden unless resourceVersion is provided');
  if ((query.get('continue') ?? '') !== '') throw forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
  if (match !== 'Exact' && match !== 'NotOlderThan') throw unsupported(match, '"Exact", "NotOlderThan"');
  if (match === 'Exact' && version === '0') throw forbidden(MATCH, 'resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
}

function checkWatchOptions(query: URLSearchParams, match: string): void {
  if (query.has('sendInitialEvents') && match !== 'NotOlderThan') throw forbidden(MATCH, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan');
  if (match === '') return;
  if (!query.has('sendInitialEvents')) throw forbidden(MATCH, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  if ((query.get('continue') ?? '') !== '') throw forbidden(MATCH, 'resourceVersionMatch is forbidden when continue is provided');
}

function forbidden(field: string, message: string): Error {
  return invalidOptions('ListOptions', { field, reason: 'FieldValueForbidden', message: `Forbidden: ${message}` });
}

function unsupported(value: string, values: string): Error {
  return invalidOptions('ListOptions', { field: MATCH, reason: 'FieldValueNotSupported', message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${values}` });
}
