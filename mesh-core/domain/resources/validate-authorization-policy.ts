import { asMessage } from './as-message.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { addressesProblem, attributeProblem, emptyValueProblem, pathTemplateProblem, portsProblem, serviceAccountsProblem, trustDomainsProblem } from './rules/authorization-values.ts';
import { checkAttachment } from './rules/target-rules.ts';
import type { AuthorizationPolicySpec, AuthorizationRule, Operation, Source } from './security.ts';

/** istiod's rules for an AuthorizationPolicy. Source: istio/istio pkg/config/validation/validation.go (ValidateAuthorizationPolicy). */
export function validateAuthorizationPolicy(spec: AuthorizationPolicySpec, issues: IssueSink): void {
  const { action = 'ALLOW', rules = [] } = spec;
  checkAttachment(spec, issues);
  if ((action === 'DENY' || action === 'CUSTOM') && rules.length === 0) {
    issues.error('spec.rules', `${action} action without \`rules\` is meaningless as it will never be triggered`, { expected: 'at least one rule; {} matches every request' });
  }
  if (action === 'CUSTOM') {
    if (rules.length > 0 && (spec.provider?.name ?? '') === '') issues.error('spec.provider.name', '`provider.name` must not be empty', { expected: 'the name of an extension provider' });
  } else if (spec.provider !== undefined) issues.error('spec.provider', `provider is only for CUSTOM, not for ${action}`, { expected: 'action CUSTOM, or no provider' });
  for (const [index, rule] of rules.entries()) {
    const path = joinPath('spec.rules', index);
    if (action === 'CUSTOM') checkCustomRule(rule, path, issues);
    checkRule(rule, path, issues);
    if (action === 'DENY') warnOfTcp(rule, path, issues);
  }
}

type Check = (values: readonly string[]) => string | undefined;
const SOURCE_CHECKS: Readonly<Record<keyof Source, Check>> = {
  principals: emptyValueProblem,
  notPrincipals: emptyValueProblem,
  requestPrincipals: emptyValueProblem,
  notRequestPrincipals: emptyValueProblem,
  namespaces: emptyValueProblem,
  notNamespaces: emptyValueProblem,
  serviceAccounts: serviceAccountsProblem,
  notServiceAccounts: serviceAccountsProblem,
  trustDomains: trustDomainsProblem,
  notTrustDomains: trustDomainsProblem,
  ipBlocks: addressesProblem,
  notIpBlocks: addressesProblem,
  remoteIpBlocks: addressesProblem,
  notRemoteIpBlocks: addressesProblem,
};
const paths: Check = (values) => emptyValueProblem(values) ?? pathTemplateProblem(values);
const OPERATION_CHECKS: Readonly<Record<keyof Operation, Check>> = {
  hosts: emptyValueProblem,
  notHosts: emptyValueProblem,
  ports: portsProblem,
  notPorts: portsProblem,
  methods: emptyValueProblem,
  notMethods: emptyValueProblem,
  paths,
  notPaths: paths,
};

function checkRule(rule: AuthorizationRule, path: string, issues: IssueSink): void {
  for (const field of ['from', 'to'] as const) {
    if (rule[field]?.length === 0) issues.error(joinPath(path, field), `${field} must not be empty`, { expected: 'at least one entry, or leave it out' });
  }
  for (const [index, { source }] of (rule.from ?? []).entries()) {
    const place = `${joinPath(`${path}.from`, index)}.source`;
    checkLists(source, SOURCE_CHECKS, place, issues);
    const filled = (...fields: readonly (keyof Source)[]): boolean => fields.some((field) => (source?.[field]?.length ?? 0) > 0);
    if (filled('principals', 'notPrincipals', 'namespaces', 'notNamespaces') && filled('serviceAccounts', 'notServiceAccounts')) issues.error(place, 'serviceAccounts excludes principals and namespaces', { expected: 'one way to name the caller' });
  }
  for (const [index, { operation }] of (rule.to ?? []).entries()) checkLists(operation, OPERATION_CHECKS, `${joinPath(`${path}.to`, index)}.operation`, issues);
  for (const [index, condition] of (rule.when ?? []).entries()) {
    const place = joinPath(`${path}.when`, index);
    const { key = '', values = [], notValues = [] } = asMessage(condition);
    if (key === '') issues.error(`${place}.key`, 'the condition needs a key', { expected: 'an attribute such as source.ip' });
    else if (values.length + notValues.length === 0) issues.error(place, 'the condition has nothing to compare with', { expected: 'values or notValues' });
    else {
      const problem = attributeProblem(key, [...values, ...notValues]);
      if (problem !== undefined) issues.error(place, problem, { expected: 'a known attribute with fitting values' });
    }
  }
}

/** Every list of a source or an operation in turn. An empty source would match everything, so it is refused. */
function checkLists<Fields extends Source | Operation>(fields: Fields | undefined, checks: Readonly<Record<keyof Fields & string, Check>>, path: string, issues: IssueSink): void {
  let filled = false;
  for (const name of Object.keys(checks) as (keyof Fields & string)[]) {
    const values = fields?.[name] as readonly string[] | undefined;
    filled ||= (values?.length ?? 0) > 0;
    const problem = values === undefined ? undefined : checks[name](values);
    if (problem !== undefined) issues.error(joinPath(path, name), problem, { expected: 'values of the right form' });
  }
  if (!filled) issues.error(path, 'must not be empty: it would match everything', { expected: `one of ${Object.keys(checks).join(', ')}` });
}

const CUSTOM_UNSUPPORTED = ['namespaces', 'notNamespaces', 'serviceAccounts', 'notServiceAccounts', 'trustDomains', 'notTrustDomains', 'principals', 'notPrincipals', 'requestPrincipals', 'notRequestPrincipals'] as const;

/** CUSTOM runs before identities are known, so it cannot ask for them. */
function checkCustomRule(rule: AuthorizationRule, path: string, issues: IssueSink): void {
  for (const [index, { source }] of (rule.from ?? []).entries()) {
    for (const field of CUSTOM_UNSUPPORTED) {
      if ((source?.[field]?.length ?? 0) > 0) issues.error(`${joinPath(`${path}.from`, index)}.source.${field}`, `${field} cannot be used with CUSTOM`, { expected: 'ipBlocks, or an operation' });
    }
  }
  for (const [index, condition] of (rule.when ?? []).entries()) {
    const { key = '' } = asMessage(condition);
    if (/^source\.(namespace|serviceAccount|trustDomain|principal)$|^request\.auth\./.test(key)) issues.error(`${joinPath(`${path}.when`, index)}.key`, `${key} cannot be used with CUSTOM`, { expected: 'another attribute' });
  }
}

const TCP_SOURCES = ['principals', 'notPrincipals', 'ipBlocks', 'notIpBlocks', 'namespaces', 'notNamespaces', 'remoteIpBlocks', 'notRemoteIpBlocks', 'serviceAccounts', 'notServiceAccounts'] as const;

/** On a TCP port the HTTP conditions of a DENY rule are dropped; a rule with nothing else then denies all of it. */
function warnOfTcp(rule: AuthorizationRule, path: string, issues: IssueSink): void {
  const from = rule.from ?? [];
  const to = rule.to ?? [];
  const tcpFrom = from.some(({ source }) => TCP_SOURCES.some((field) => (source?.[field]?.length ?? 0) > 0));
  const tcpTo = to.some(({ operation }) => (operation?.ports?.length ?? 0) + (operation?.notPorts?.length ?? 0) > 0);
  if ((from.length > 0 && to.length === 0 && !tcpFrom) || (to.length > 0 && !tcpTo)) {
    issues.warn(path, 'on TCP ports this rule denies everything, as HTTP conditions do not apply there', { expected: 'name the ports', code: 'IST0133' });
  }
}
