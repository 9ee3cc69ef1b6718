import { stringMatch, workloadSelector } from './route-fields.ts';
import { as, bool, duration, int, list, map, object, rule, string, withRules } from './schema.ts';
import { parseDuration } from '../go-duration.ts';

const COUNT = { min: 1, max: 2 ** 31 - 1 };
/** Envoy fills token buckets no faster. */
const LEAST_INTERVAL_MS = 50;

const key = object(
  'One count for each value of this; absent: one for all.',
  { header: string('A request header.', { minLength: 1 }), principal: onlyTrue('The identity of the caller.'), path: onlyTrue('The path.'), remoteAddress: onlyTrue('The address of the caller.') },
  { exclusive: [['header', 'principal', 'path', 'remoteAddress']] },
);

function onlyTrue(help: string) {
  return withRules(bool(help), rule<boolean>('must be true, or left out', (value) => value));
}

const limit = object(
  'One limit.',
  {
    name: string('Name of the limit, shown in the metrics.'),
    match: object('Which requests count; all parts must hold. Absent: all.', {
      path: as('Path of the request, without the query.', stringMatch),
      method: string('HTTP method.', { minLength: 1 }),
      headers: map('Headers that must match; an empty value means "is present".', as('How this header is compared.', stringMatch)),
    }),
    requests: int('Requests that are let through in each interval.', COUNT),
    per: withRules(duration('The interval, at least 50ms.'), rule<string>('must be at least 50ms', (per) => (parseDuration(per) ?? 0) >= LEAST_INTERVAL_MS)),
    burst: int('Requests that may come at once; absent: as many as `requests`.', COUNT),
    key,
  },
  { required: ['requests', 'per'] },
);

export const rateLimitPolicySpec = object('Limits on requests to workloads. Every proxy counts for itself.', {
  selector: workloadSelector,
  limits: list('Limits; a request must pass all that it matches.', limit, { maxItems: 64 }),
  response: object('What a refused request gets.', { status: int('HTTP status; 429 if absent.', { min: 400, max: 599 }), headers: bool('Add x-ratelimit-limit, -remaining and -reset to all responses.') }),
  dryRun: bool('Count and report, but refuse nothing.'),
});
