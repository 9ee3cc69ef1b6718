import type { IntrinsicName } from '../ast.ts';

/** Something that the language has a word for. `|` in `apply` is where the cursor goes. */
export interface Word {
  readonly label: string;
  readonly apply?: string;
  readonly info?: string;
}

const word = (label: string, info: string, apply?: string): Word => ({ label, info, ...(apply === undefined ? {} : { apply }) });

export const COMPARISON_WORDS: readonly Word[] = [
  word('=', 'Equal. Of a list: some element.'),
  word('!=', 'There, and not equal. Of a list: no element.'),
  word('=~', "Matches a regular expression (Go's), as a whole."),
  word('!~', 'There, and does not match.'),
  word('>', 'Greater.'),
  word('>=', 'Greater or equal.'),
  word('<', 'Less.'),
  word('<=', 'Less or equal.'),
];
export const CONDITION_OPERATORS: readonly Word[] = [word('&&', 'Both hold on the same span. Binds as || does, from the left.', '&& '), word('||', 'One of both holds. Binds as && does, from the left.', '|| ')];
export const SPANSET_OPERATORS: readonly Word[] = [
  word('&&', 'Traces with both, on whichever spans.', '&& '),
  word('||', 'Traces with one of both.', '|| '),
  word('>', 'Spans on the right whose parent is on the left.', '> '),
  word('>>', 'Spans on the right somewhere below one on the left.', '>> '),
  word('<', 'Spans on the right that are the parent of one on the left.', '< '),
  word('<<', 'Spans on the right somewhere above one on the left.', '<< '),
  word('~', 'Spans on the right with a sibling on the left.', '~ '),
  word('!>', 'Spans on the right whose parent is not on the left.', '!> '),
  word('!>>', 'Spans on the right that are below none on the left.', '!>> '),
  word('!<', 'Spans on the right that are the parent of none on the left.', '!< '),
  word('!<<', 'Spans on the right that are above none on the left.', '!<< '),
  word('!~', 'Spans on the right without a sibling on the left.', '!~ '),
  word('&>', 'Parents on the left and their children on the right, both.', '&> '),
  word('&>>', 'Spans on the left and what is below them on the right, both.', '&>> '),
  word('&<', 'Children on the left and their parents on the right, both.', '&< '),
  word('&<<', 'Spans on the left and what is above them on the right, both.', '&<< '),
  word('&~', 'Siblings on both sides.', '&~ '),
];
export const STAGE_WORDS: readonly Word[] = [
  word('{ }', 'Spans for which a condition holds.', '{ | }'),
  word('by()', 'Divides the spans of a trace by a value.', 'by(|)'),
  word('select()', 'Gives these attributes with each span.', 'select(|)'),
  word('coalesce()', 'Undoes by(): one set of spans for each trace.'),
];
export const AGGREGATE_WORDS: readonly Word[] = [
  word('count()', 'How many spans: count() > 2.', 'count() '),
  word('avg()', 'The average of a number over the spans: avg(duration) > 1s.', 'avg(|)'),
  word('max()', 'The highest.', 'max(|)'),
  word('min()', 'The lowest.', 'min(|)'),
  word('sum()', 'The sum.', 'sum(|)'),
];
export const METRICS_WORDS: readonly Word[] = [
  word('rate()', 'Spans per second, over time.'),
  word('count_over_time()', 'Spans in each step of time.'),
  word('quantile_over_time()', 'Quantiles of a number, over time.', 'quantile_over_time(duration|, 0.5, 0.95, 0.99)'),
  word('histogram_over_time()', 'How a number is distributed, over time.', 'histogram_over_time(duration|)'),
  word('avg_over_time()', 'The average, over time.', 'avg_over_time(|)'),
  word('max_over_time()', 'The highest, over time.', 'max_over_time(|)'),
  word('min_over_time()', 'The lowest, over time.', 'min_over_time(|)'),
  word('sum_over_time()', 'The sum, over time.', 'sum_over_time(|)'),
  word('compare()', 'Which attributes tell the spans of a condition from the others.', 'compare({ | })'),
];
export const SECOND_WORDS: readonly Word[] = [
  word('by()', 'A series for each value.', 'by(|)'),
  word('| topk()', 'At each time the highest series.', '| topk(10|)'),
  word('| bottomk()', 'At each time the lowest series.', '| bottomk(10|)'),
  word('with()', 'Hints, such as exemplars = true.', 'with (|)'),
];
export const LITERAL_WORDS: readonly Word[] = [word('nil', 'Not there.'), word('true', 'Yes.'), word('false', 'No.')];
export const SCOPE_WORDS: readonly Word[] = [
  word('span.', 'An attribute of the span.'),
  word('resource.', 'An attribute of what made the span: service, pod, host.'),
  word('event.', 'An attribute of some event of the span.'),
  word('link.', 'An attribute of some link of the span.'),
  word('instrumentation.', 'An attribute of the library that made the span.'),
  word('parent.', "An attribute of the span's parent."),
];

const INFO: Readonly<Partial<Record<IntrinsicName, string>>> = {
  'span:name': 'What the span did: its operation.',
  'span:duration': 'How long the span lasted.',
  'span:kind': 'server, client, internal, producer or consumer.',
  'span:status': 'error, ok or unset.',
  'span:statusMessage': 'What was said of the status.',
  'span:childCount': 'How many spans name it as their parent.',
  'trace:duration': 'From the first start to the last end of the trace.',
  'trace:rootName': 'The name of the span that the trace began with.',
  'trace:rootService': 'The service that the trace began in.',
  'event:name': 'The name of some event of the span.',
  'event:timeSinceStart': 'When an event was, from the start of its span.',
  'instrumentation:name': 'The library that made the span.',
  nestedSetParent: 'Below 0 for the span that the trace began with.',
};

/** Intrinsics as they are offered: those with a short old name by that too. */
export const INTRINSIC_WORDS: readonly (Word & { readonly name: IntrinsicName })[] = [
  ...([['status', 'span:status'], ['duration', 'span:duration'], ['name', 'span:name'], ['kind', 'span:kind']] as const),
  ...(['span:name', 'span:duration', 'span:kind', 'span:status', 'span:statusMessage', 'span:id', 'span:parentID', 'span:childCount', 'trace:id', 'trace:duration', 'trace:rootName', 'trace:rootService', 'event:name', 'event:timeSinceStart', 'link:traceID', 'link:spanID', 'instrumentation:name', 'instrumentation:version', 'nestedSetParent'] as const).map((name) => [name, name] as const),
].map(([label, name]) => ({ label, name, ...(INFO[name] === undefined ? {} : { info: INFO[name] }) }));
