import { oneSelector, targetRef, targetRefs, workloadSelector } from './route-fields.ts';
import { as, bool, duration, list, map, number, object, oneOf, orNull, rule, string, withRules } from './schema.ts';

const mode = oneOf('Side of the call that reports.', { CLIENT_AND_SERVER: 'Both.', CLIENT: 'The proxy of the caller, and gateways.', SERVER: 'The proxy of the called workload.' });
const match = object('When this applies.', { mode });
const providers = list(
  'Where it goes, by names of the mesh configuration; replaces those of the wider level.',
  object('One provider.', { name: string('Name of the provider.', { minLength: 1 }) }, { required: ['name'] }),
);

const named = (help: string, nameHelp: string) => object(help, { name: string(nameHelp, { minLength: 1 }), defaultValue: string('Value when there is none.') }, { required: ['name'] });
const customTag = object(
  'Where the value of this tag comes from.',
  {
    literal: object('A fixed text.', { value: string('The text.', { minLength: 1 }) }, { required: ['value'] }),
    environment: named('An environment variable of the proxy.', 'Name of the variable.'),
    header: named('A request header.', 'Name of the header.'),
    formatter: object('A format with %OPERATORS% as in access logs.', { value: string('The format.', { minLength: 1 }) }, { required: ['value'] }),
  },
  { exclusive: [['literal', 'environment', 'header', 'formatter']] },
);
const tracing = object('Settings for traces.', {
  match,
  providers,
  randomSamplingPercentage: orNull(number('Share of requests that are traced, percent.', { min: 0, max: 100 })),
  disableSpanReporting: orNull(bool('Send no spans.')),
  disableContextPropagation: orNull(bool('Do not write trace headers.')),
  enableIstioTags: orNull(bool('Add the tags that begin with istio.')),
  useRequestIdForTraceSampling: orNull(bool('Take the decision from x-request-id.')),
  customTags: map('Further tags of spans, by name.', customTag),
});

interface TagOverride {
  readonly operation?: string;
  readonly value?: string;
}
const tagOverride = withRules(
  object('What happens to one tag.', {
    operation: oneOf('Set or remove it.', { UPSERT: 'Set it to the value (the default).', REMOVE: 'Take it away.' }),
    value: string('CEL expression over the request, such as request.host.'),
  }),
  rule<TagOverride>('value must be set when operation is UPSERT', ({ operation, value }) => operation !== 'UPSERT' || (value !== undefined && value !== '')),
  rule<TagOverride>('value must not be set when operation is REMOVE', ({ operation, value }) => operation !== 'REMOVE' || value === undefined),
);
const METRICS = ['ALL_METRICS', 'REQUEST_COUNT', 'REQUEST_DURATION', 'REQUEST_SIZE', 'RESPONSE_SIZE', 'TCP_OPENED_CONNECTIONS', 'TCP_CLOSED_CONNECTIONS', 'TCP_SENT_BYTES', 'TCP_RECEIVED_BYTES', 'GRPC_REQUEST_MESSAGES', 'GRPC_RESPONSE_MESSAGES'];
const override = object('Changes to one metric.', {
  match: object(
    'Which metric.',
    { metric: oneOf('One of the standard metrics.', Object.fromEntries(METRICS.map((name) => [name, `${name.toLowerCase().replaceAll('_', ' ')}.`]))), customMetric: string('Name of another metric.', { minLength: 1 }), mode },
    { exclusive: [['metric', 'customMetric']] },
  ),
  disabled: orNull(bool('Do not report it.')),
  tagOverrides: map('Changes to its tags, by name.', tagOverride),
});
const metrics = object('Settings for metrics.', { providers, overrides: list('Changes to metrics, in order.', override), reportingInterval: duration('Time between reports of TCP metrics; 5s if absent.') });

const accessLogging = object('Settings for access logs.', {
  match,
  providers,
  disabled: orNull(bool('Write no log.')),
  filter: object('Which requests are logged.', { expression: string('CEL expression, such as response.code >= 400.') }),
});

export const telemetrySpec = withRules(
  object('Which traces, metrics and access logs proxies make. Mesh (root namespace) < namespace < workload.', {
    selector: workloadSelector,
    targetRef: as('Old form of targetRefs.', targetRef),
    targetRefs: as('Objects this applies to, instead of a selector.', targetRefs),
    tracing: list('Traces; one entry is used.', tracing),
    metrics: list('Metrics.', metrics),
    accessLogging: list('Access logs.', accessLogging),
  }),
  oneSelector,
);
