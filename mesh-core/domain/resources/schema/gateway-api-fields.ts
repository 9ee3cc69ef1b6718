import { int, list, map, object, string } from './schema.ts';
import type { NumberSchema, ObjectSchema, StringSchema } from './schema.ts';

/** Pieces that Gateway API's kinds share. Source: kubernetes-sigs/gateway-api, standard channel. */
export const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const GROUP = /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const groupName = (help: string): StringSchema => string(help, { maxLength: 253, pattern: GROUP, patternHelp: 'a DNS name, or empty for core' });
export const kindName = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 63, pattern: /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/, patternHelp: 'a kind such as Service' });
export const objectName = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 253 });
export const namespaceName = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 63, pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, patternHelp: 'lower case letters, digits and -' });
export const sectionName = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 253, pattern: SUBDOMAIN, patternHelp: 'lower case letters, digits, - and .' });
export const wildcardHost = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 253, pattern: HOST, patternHelp: 'a host in lower case, may begin with *.' });
export const exactHost = (help: string): StringSchema => string(help, { minLength: 1, maxLength: 253, pattern: SUBDOMAIN, patternHelp: 'a host in lower case' });
export const portNumber = (help: string): NumberSchema => int(help, { min: 1, max: 65_535 });

const labelExpression = object('One condition.', { key: string('Label name.'), operator: string('In, NotIn, Exists or DoesNotExist.'), values: list('Values of In and NotIn.', string('A value.')) }, { required: ['key', 'operator'] });
/** Kubernetes' own selector. */
export const kubeSelector = (help: string): ObjectSchema => object(help, { matchLabels: map('Labels they must have.', string('Value of this label.')), matchExpressions: list('Further conditions; all must hold.', labelExpression) });

/** A reference whose group and kind must be written out. */
export const fullReference = (help: string, namespaced = true): ObjectSchema =>
  object(
    help,
    { group: groupName('API group.'), kind: kindName('Kind.'), name: objectName('Name.'), ...(namespaced ? { namespace: namespaceName('Namespace; absent: the same.') } : {}) },
    { required: ['group', 'kind', 'name'] },
  );
/** A reference to a Secret, unless it says otherwise. */
export const secretReference = (help: string): ObjectSchema =>
  object(help, { group: groupName('API group; absent: core.'), kind: kindName('Kind; absent: Secret.'), name: objectName('Name.'), namespace: namespaceName('Namespace; another one needs a ReferenceGrant there.') }, { required: ['name'] });
