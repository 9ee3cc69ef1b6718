import { RE2JS } from 're2js';
import { parseDurationMs } from '#server/promql/durations.ts';
import { quote } from '#server/promql/go-string.ts';
import { queryEscape } from './builtin-functions.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp, secondsToMs, toFloat } from './humanize.ts';
import { asSample, asSamples, asText, ofAny, ofTexts, type TemplateFunction } from './template-function.ts';
import { GoDuration, GoStruct, GoTime, isMap, SAMPLE, type TemplateValue } from './template-value.ts';

/** What the functions of one expansion know of their surroundings. */
export interface TemplateContext {
  /** Unix seconds of the evaluation. */
  readonly now: number;
  /** Base URL under which people reach the console. */
  readonly externalUrl: string;
  /** A query's answer at `now`. Throws Error when the query fails. */
  readonly query: (promql: string) => readonly GoStruct[];
}

/** The functions Prometheus adds to Go's templates. Source: template/template.go. */
export function prometheusFunctions({ now, externalUrl, query }: TemplateContext): Readonly<Record<string, TemplateFunction>> {
  return {
    query: ofTexts(1, (promql = '') => query(promql)),
    first: {
      takes: ['template.queryResult'],
      call: ([rows]) => {
        const row = asSamples(rows)[0];
        if (row === undefined) throw new Error('first() called on vector with no elements');
        return row;
      },
    },
    label: { takes: ['string', SAMPLE], call: ([name, sample]) => labelOf(asSample(sample), asText(name)) },
    value: { takes: [SAMPLE], call: ([sample]) => asSample(sample).fields['Value'] },
    strvalue: { takes: [SAMPLE], call: ([sample]) => labelOf(asSample(sample), '__value__') },
    args: { takes: [], more: 'any', call: (args) => new Map(args.map((value, i) => [`arg${i}`, value])) },
    reReplaceAll: ofTexts(3, (pattern = '', replacement = '', text = '') => replaceAll(pattern, replacement, text)),
    safeHtml: ofTexts(1, (text) => text),
    match: ofTexts(2, (pattern = '', text = '') => compile(pattern, '').matcher(text).find()),
    title: ofTexts(1, (text = '') => titleCase(text)),
    toUpper: ofTexts(1, (text = '') => text.toUpperCase()),
    toLower: ofTexts(1, (text = '') => text.toLowerCase()),
    graphLink: ofTexts(1, (promql = '') => `/graph?g0.expr=${queryEscape(promql)}&g0.tab=0`),
    tableLink: ofTexts(1, (promql = '') => `/graph?g0.expr=${queryEscape(promql)}&g0.tab=1`),
    sortByLabel: { takes: ['string', 'template.queryResult'], call: ([name, rows]) => sortByLabel(asText(name), asSamples(rows)) },
    stripPort: ofTexts(1, (hostPort = '') => splitHostPort(hostPort)?.host ?? hostPort),
    stripDomain: ofTexts(1, (hostPort = '') => stripDomain(hostPort)),
    humanize: ofAny(humanize),
    humanize1024: ofAny(humanize1024),
    humanizeDuration: ofAny(humanizeDuration),
    humanizePercentage: ofAny(humanizePercentage),
    humanizeTimestamp: ofAny(humanizeTimestamp),
    toTime: ofAny((value) => new GoTime(secondsToMs(toFloat(value)))),
    toDuration: ofAny((value) => new GoDuration(toFloat(value))),
    now: { takes: [], call: () => now },
    pathPrefix: { takes: [], call: () => (URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/\/$/, '') : '') },
    externalURL: { takes: [], call: () => externalUrl },
    parseDuration: ofTexts(1, (text = '') => parseDuration(text)),
    urlQueryEscape: ofTexts(1, (text = '') => queryEscape(text)),
  };
}

/** A sample as templates see it. */
export function templateSample(labels: Readonly<Record<string, string>>, value: TemplateValue): GoStruct {
  return new GoStruct(SAMPLE, { Labels: new Map(Object.entries(labels)), Value: value });
}

function labelOf(sample: GoStruct, name: string): string {
  const labels = sample.fields['Labels'];
  const value = isMap(labels) ? labels.get(name) : undefined;
  return typeof value === 'string' ? value : '';
}

function sortByLabel(name: string, rows: readonly GoStruct[]): readonly GoStruct[] {
  return rows.toSorted((a, b) => {
    const [left, right] = [labelOf(a, name), labelOf(b, name)];
    return left < right ? -1 : left > right ? 1 : 0;
  });
}

function compile(pattern: string, problem: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new Error(`${problem}error parsing regexp: ${error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)}`, { cause: error });
  }
}

/** Go's replacement text: `$1`, `${1}`, `$name`; `$$` is a dollar; an unknown group is nothing. Source: Go's regexp.Expand. */
function replaceAll(pattern: string, replacement: string, text: string): string {
  const matcher = compile(pattern, `regexp: Compile(${pattern.includes('`') ? quote(pattern) : `\`${pattern}\``}): `).matcher(text);
  let out = '';
  let end = 0;
  while (matcher.find()) {
    out += text.slice(end, matcher.start()) + replacement.replaceAll(/\$(?:\$|\{(\w+)\}|(\w+))/g, (all, braced: string | undefined, bare: string | undefined) => (all === '$$' ? '$' : groupOf(matcher, braced ?? bare ?? '')));
    end = matcher.end();
  }
  return out + text.slice(end);
}

function groupOf(matcher: ReturnType<RE2JS['matcher']>, name: string): string {
  if (/^\d+$/.test(name)) return Number(name) <= matcher.groupCount() ? (matcher.group(Number(name)) ?? '') : '';
  try {
    return matcher.group(name) ?? '';
  } catch {
    // No group of this name: Go puts nothing there.
    return '';
  }
}

/** The first letter of each word in upper case, the rest as it is. Source: golang.org/x/text/cases (Title, NoLower). */
function titleCase(text: string): string {
  let out = '';
  for (const { segment } of new Intl.Segmenter('en-US', { granularity: 'word' }).segment(text)) out += segment.replace(/\p{Cased}/u, (letter) => letter.toUpperCase());
  return out;
}

function parseDuration(text: string): number {
  const negative = text.startsWith('-');
  const ms = parseDurationMs(negative ? text.slice(1) : text);
  if (ms === undefined) throw new Error(text === '' ? 'empty duration string' : `not a valid duration string: ${JSON.stringify(text)}`);
  return ((negative ? -1 : 1) * ms) / 1000;
}

/** `host:port` or `[::1]:port`. Source: Go's net.SplitHostPort. */
function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(text);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

function stripDomain(hostPort: string): string {
  const split = splitHostPort(hostPort);
  const host = split?.host ?? hostPort;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(':')) return hostPort;
  const name = host.split('.')[0] ?? '';
  return split === undefined || split.port === '' ? name : `${name}:${split.port}`;
}
