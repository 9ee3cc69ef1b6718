import { asMessage } from './as-message.ts';
import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { checkDuration } from './rules/duration-rules.ts';
import { jwksProblem, privateKeyIndexes } from './rules/jwks-rules.ts';
import { checkAttachment } from './rules/target-rules.ts';
import { urlScheme } from './schema/url-scheme.ts';
import type { JwtRule, RequestAuthenticationSpec } from './security.ts';

/** istiod's rules for a RequestAuthentication. Source: istio/istio pkg/config/validation/validation.go (ValidateRequestAuthentication). */
export function validateRequestAuthentication(spec: RequestAuthenticationSpec, issues: IssueSink): void {
  checkAttachment(spec, issues);
  for (const [index, jwtRule] of (spec.jwtRules ?? []).entries()) checkJwtRule(jwtRule, joinPath('spec.jwtRules', index), issues);
}

function checkJwtRule(jwtRule: JwtRule & { readonly jwks_uri?: string }, path: string, issues: IssueSink): void {
  const { issuer = '', jwks = '' } = jwtRule;
  const jwksUri = jwtRule.jwksUri ?? jwtRule.jwks_uri ?? '';
  if (issuer === '' && jwksUri === '') issues.error(path, 'issuer or jwksUri must be non-empty string', { expected: 'an issuer' });
  if (jwksUri !== '') {
    const scheme = urlScheme(jwksUri) ?? '';
    if (scheme !== 'http' && scheme !== 'https') issues.error(`${path}.jwksUri`, `URI scheme ${JSON.stringify(scheme)} is not supported`, { expected: 'http:// or https://' });
  }
  if (jwks !== '') checkKeys(jwks, `${path}.jwks`, issues);
  checkTexts(jwtRule.audiences, `${path}.audiences`, 'audience must be non-empty string', issues);
  checkTexts(jwtRule.fromParams, `${path}.fromParams`, 'location query must be non-empty string', issues);
  checkTexts(jwtRule.fromCookies, `${path}.fromCookies`, 'cookie name must be non-empty string', issues);
  checkTexts(jwtRule.fromHeaders?.map((location) => asMessage(location).name ?? ''), `${path}.fromHeaders`, 'location header name must be non-empty string', issues);
  for (const [index, { header = '', claim = '' }] of (jwtRule.outputClaimToHeaders ?? []).entries()) {
    const place = joinPath(`${path}.outputClaimToHeaders`, index);
    if (header === '' || claim === '') issues.error(place, 'outputClaimToHeaders header and claim value must be non-empty string', { expected: 'header and claim' });
    else if (!/^[-_A-Za-z0-9]+$/.test(header)) issues.error(`${place}.header`, `header name ${header} is not a valid header name`, { expected: 'letters, digits, - and _' });
  }
  checkDuration(jwtRule.timeout, `${path}.timeout`, issues);
}

function checkKeys(jwks: string, path: string, issues: IssueSink): void {
  const problem = jwksProblem(jwks);
  if (problem !== undefined) return issues.error(path, `jwks parse error: ${problem}`, { expected: 'a JSON Web Key Set' });
  for (const index of privateKeyIndexes(jwks)) {
    issues.warn(path, `jwks key at index ${index} contains private key material; only public keys are used for verification`, { expected: 'the public key alone', code: 'IST0133' });
  }
}

function checkTexts(values: readonly string[] | undefined, path: string, message: string, issues: IssueSink): void {
  for (const [index, value] of (values ?? []).entries()) if (value === '') issues.error(joinPath(path, index), message, { expected: 'a name' });
}
