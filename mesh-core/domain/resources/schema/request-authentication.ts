import { atMostOne, oneSelector, targetRef, targetRefs, workloadSelector } from './route-fields.ts';
import { as, bool, duration, list, object, oneOf, rule, string, withRules } from './schema.ts';
import { urlScheme } from './url-scheme.ts';

const keysUri = withRules(
  string('Where the public keys of the issuer are fetched, http:// or https://.', { minLength: 1, maxLength: 2048 }),
  rule<string>('url must have scheme http:// or https://', (url) => ['http', 'https'].includes(urlScheme(url) ?? '')),
);
const nonEmpty = (help: string) => string(help, { minLength: 1 });

const jwtRule = withRules(
  object('How tokens of one issuer are found and verified.', {
    issuer: nonEmpty('Issuer of the token, its `iss` claim.'),
    audiences: list('Audiences of which the token must have one; absent: any.', nonEmpty('An audience.')),
    jwksUri: keysUri,
    jwks_uri: as('Old spelling of jwksUri.', keysUri),
    jwks: string('The public keys themselves, as JSON Web Key Set.'),
    fromHeaders: list(
      'Headers that may hold the token; absent: Authorization with "Bearer ".',
      object('One header.', { name: nonEmpty('Name of the header.'), prefix: string('Text before the token, such as "Bearer ".') }, { required: ['name'] }),
    ),
    fromParams: list('Query parameters that may hold the token.', nonEmpty('A parameter name.')),
    fromCookies: list('Cookies that may hold the token.', nonEmpty('A cookie name.')),
    forwardOriginalToken: bool('Keep the token in the request to the workload.'),
    outputPayloadToHeader: string('Header that gets the verified claims, base64url.'),
    outputClaimToHeaders: list(
      'Headers that get single claims.',
      object(
        'One claim and its header.',
        { header: string('Name of the header.', { minLength: 1, pattern: /^[-_A-Za-z0-9]+$/, patternHelp: 'letters, digits, - and _' }), claim: nonEmpty('Name of the claim; `a.b` is nested.') },
        { required: ['header', 'claim'] },
      ),
    ),
    timeout: duration('Limit for fetching the keys; 5s if absent.'),
    spaceDelimitedClaims: list('Claims whose text is a list, divided by spaces; scope and permission always are.', nonEmpty('A claim name.'), { maxItems: 64 }),
    presence: oneOf('Must a request have a token of this rule?', { OPTIONAL: 'No: one without a token passes.', REQUIRED: 'Yes.' }),
  }),
  atMostOne('only one of jwks or jwksUri can be set', 'jwksUri', 'jwks_uri', 'jwks'),
);

export const requestAuthenticationSpec = withRules(
  object('Which tokens (JWT) a workload accepts. A request without any token passes: AuthorizationPolicies ask for one.', {
    selector: workloadSelector,
    targetRef: as('Old form of targetRefs.', targetRef),
    targetRefs: as('Objects this policy is attached to, instead of a selector.', targetRefs),
    jwtRules: list('Issuers that are accepted; one whose token verifies is enough.', jwtRule, { maxItems: 4096 }),
  }),
  oneSelector,
);

