import { STATUS_CODE_NAMES, statusCodeOf } from './http-status-names.ts';

/** What a value must look like: a test of it, a list of such, or fields that may be there. */
type Shape = ((value: unknown) => boolean) | readonly [Shape] | { readonly [field: string]: Shape };

const text = (value: unknown): boolean => typeof value === 'string';
const flag = (value: unknown): boolean => typeof value === 'boolean';
const count = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
const duration = (value: unknown): boolean => typeof value === 'string' && /^\d{1,9}(\.\d{1,9})?s$/.test(value) && Number.parseFloat(value) > 0;
const status = (value: unknown): boolean => (typeof value === 'number' ? STATUS_CODE_NAMES[value] !== undefined : typeof value === 'string' && statusCodeOf(value) !== undefined);
const oneOf = (...words: readonly string[]) => (value: unknown): boolean => typeof value === 'string' && words.includes(value);

const PERCENT: Shape = { runtimeKey: text, defaultValue: { numerator: count, denominator: oneOf('HUNDRED', 'TEN_THOUSAND', 'MILLION') } };
const BUCKET: Shape = { maxTokens: count, tokensPerFill: count, fillInterval: duration };
const STRING_MATCH: Shape = { exact: text, prefix: text, suffix: text, contains: text, safeRegex: { regex: text, googleRe2: {} }, ignoreCase: flag };
const HEADERS_TO_ADD: Shape = [{ header: { key: text, value: text }, appendAction: oneOf('APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD') }];

const LIMITER: Shape = {
  '@type': text,
  statPrefix: text,
  status: { code: status },
  tokenBucket: BUCKET,
  filterEnabled: PERCENT,
  filterEnforced: PERCENT,
  responseHeadersToAdd: HEADERS_TO_ADD,
  requestHeadersToAddWhenNotEnforced: HEADERS_TO_ADD,
  descriptors: [{ entries: [{ key: text, value: text }], tokenBucket: BUCKET }],
  enableXRatelimitHeaders: oneOf('OFF', 'DRAFT_VERSION_03'),
  alwaysConsumeDefaultTokenBucket: flag,
  rateLimitedAsResourceExhausted: flag,
};
const DESCRIPTIONS: Shape = [
  {
    actions: [
      {
        genericKey: { descriptorValue: text, descriptorKey: text },
        requestHeaders: { headerName: text, descriptorKey: text, skipIfAbsent: flag },
        remoteAddress: {},
        headerValueMatch: { descriptorValue: text, descriptorKey: text, expectMatch: flag, headers: [{ name: text, stringMatch: STRING_MATCH, presentMatch: flag, invertMatch: flag, treatMissingHeaderAsEmpty: flag }] },
        queryParameterValueMatch: { descriptorValue: text, descriptorKey: text, expectMatch: flag, queryParameters: [{ name: text, stringMatch: STRING_MATCH, presentMatch: flag }] },
        sourceCluster: {},
        destinationCluster: {},
      },
    ],
  },
];

/** Is this a configuration of the local rate limiter of which this mesh understands every field? */
export function isRateLimiter(value: unknown): boolean {
  return fits(value, LIMITER);
}

/** Are these descriptions of requests of which this mesh understands every field? */
export function areRateLimits(value: unknown): boolean {
  return fits(value, DESCRIPTIONS);
}

function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'function') return shape(value);
  if (isList(shape)) return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([field, item]) => {
    const expected = Object.hasOwn(shape, field) ? shape[field] : undefined;
    return expected !== undefined && fits(item, expected);
  });
}

function isList(shape: Exclude<Shape, (value: unknown) => boolean>): shape is readonly [Shape] {
  return Array.isArray(shape);
}
