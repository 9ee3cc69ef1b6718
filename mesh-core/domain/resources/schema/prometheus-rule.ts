import { int, intOrString, list, map, object, string } from './schema.ts';

const DURATION = /^(?:0|(?=\d)(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?)$/;
const duration = (help: string) => string(help, { pattern: DURATION, patternHelp: 'a Prometheus duration such as 30s, 5m or 1h30m' });

const rule = object(
  'One rule: a recording rule (record) or an alerting rule (alert).',
  {
    record: string('Name of the metric that a recording rule writes.'),
    alert: string('Name of the alert.'),
    expr: intOrString('PromQL: what is recorded, or what raises the alert where it gives a series.'),
    for: duration('How long the expression must hold before the alert fires.'),
    keep_firing_for: duration('How long the alert goes on firing after the expression no longer holds.'),
    labels: map('Labels added to the series or alert; templates in alerts.', string('Value of this label.')),
    annotations: map('Texts for people; templates such as {{ $labels.app }} and {{ $value }}.', string('Text.')),
  },
  { required: ['expr'] },
);

export const prometheusRuleSpec = object('Recording and alerting rules.', {
  groups: list(
    'Groups of rules.',
    object(
      'Rules that are evaluated one after the other at the same moments.',
      {
        name: string('Name, unique within the object.', { minLength: 1 }),
        interval: duration('Time between evaluations; absent: the default.'),
        query_offset: duration('How far in the past expressions are evaluated.'),
        limit: int('Most alerts or series a rule may give; 0 is no limit.', { min: 0, max: 2 ** 31 - 1 }),
        labels: map('Labels added to every rule; those of the rule win.', string('Value of this label.')),
        partial_response_strategy: string('Kept, without effect here.'),
        rules: list('The rules, in the order of evaluation.', rule),
      },
      { required: ['name'] },
    ),
  ),
});
