import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fc } from '#mesh-core/testing/property.ts';
import { checkTemplate, expandTemplate } from './expand-template.ts';
import { templateSample } from './prometheus-functions.ts';
import { TemplateError } from './template-error.ts';

const LABELS = { job: 'api', instance: '10.0.0.1:9090', path: '/a&b' };

/** Expands for an alert named A of value 42.5; `query` answers two rows unless it is asked for "none" or "bad(". */
function expand(text: string, value = 42.5): string {
  return expandTemplate('A', text, { labels: LABELS, externalLabels: { cluster: 'one' }, externalUrl: 'http://console.example/base', value }, {
    now: 1_700_000_000.123,
    externalUrl: 'http://console.example/base',
    query: (promql) => {
      if (promql === 'bad(') throw new Error('parse error');
      return promql === 'none' ? [] : [templateSample({ job: 'b', __value__: 'q' }, 7), templateSample({ job: 'a' }, 1234.5)];
    },
  });
}

/** What Prometheus' own expander (Go) gives for the same template, labels and value. */
const TEXTS: readonly (readonly [template: string, text: string])[] = [
  ['plain {{ $labels.job }} is {{ $value }}', 'plain api is 42.5'],
  ['{{ .Labels.job }} {{ .Value | humanize }} {{ $externalLabels.cluster }} {{ $externalURL }}', 'api 42.5 one http://console.example/base'],
  ['{{ $labels.missing }}|{{ .Labels.nope }}|{{ index $labels "job" }}|{{ index $labels "zip" }}', '||api|'],
  ['{{ printf "%d" $value }} {{ printf "%s" $value }} {{ printf "%d" "x" }} {{ printf "%s %s" "a" }} {{ printf "%s" "a" "b" 3 }} {{ printf "%g %e %G" 1e-7 12345.678 1e30 }}', '%!d(float64=42.5) %!s(float64=42.5) %!d(string=x) a %!s(MISSING) a%!(EXTRA string=b, int=3) 1e-07 1.234568e+04 1E+30'],
  ['{{ $value | humanize1024 }} {{ humanizeDuration 93784.5 }} {{ humanizeDuration 0.0123 }} {{ humanizeDuration -75 }} {{ humanizePercentage 0.12345 }} {{ humanizeTimestamp 1700000000.5 }}', '42.5 1d 2h 3m 4s 12.3ms -1m 15s 12.35% 2023-11-14 22:13:20.5 +0000 UTC'],
  ['{{ humanize 1234567 }} {{ humanize 0.00001234 }} {{ humanize "12e6" }} {{ humanize 0 }} {{ humanize 999.95 }} {{ humanize1024 1048576 }} {{ humanize -1500 }}', '1.235M 12.34u 12M 0 1000 1Mi -1.5k'],
  ['{{ humanizeTimestamp "NaN" }} {{ humanizeDuration "+Inf" }} {{ humanizeDuration 59.99999 }} {{ humanizeDuration 1 }}', 'NaN +Inf 60s 1s'],
  [`{{ "hello world foo-bar a.b it's x_y" | title }} {{ toUpper "aé" }} {{ "ÀB" | toLower }}`, "Hello World Foo-Bar A.b It's X_y AÉ àb"],
  ['{{ match "a.*" "bab" }} {{ reReplaceAll "(.*):(\\\\d+)" "$2-$1" $labels.instance }} {{ reReplaceAll "(?P<h>[a-z]+)" "<${h}>" "ab 12 cd" }} {{ reReplaceAll "a" "$$x$1y" "aa" }}', 'true 9090-10.0.0.1 <ab> 12 <cd> $x$x'],
  ['{{ range query "up" }}{{ .Labels.job }}={{ .Value }};{{ end }}', 'b=7;a=1234.5;'],
  ['{{ with query "up" }}{{ . | first | value | humanize }}{{ end }}', '7'],
  ['{{ query "up" | first | label "job" }} {{ (query "up" | first).Value }} {{ len (query "up") }}', 'b 7 2'],
  ['{{ query "none" | sortByLabel "job" }}', '[]'],
  ['{{ range $i, $e := query "up" | sortByLabel "job" }}{{ $i }}:{{ $e.Labels.job }} {{ end }}', '0:a 1:b '],
  ['{{ if gt $value 10.0 }}big{{ else if eq $value 3.0 }}three{{ else }}small{{ end }}', 'big'],
  ['{{ if and (eq $labels.job "api") (not false) }}yes{{ end }} {{ or "" "x" }} {{ and 1 0 }}', 'yes x 0'],
  ['a  {{- " b " -}}  c {{/* no */}} d {{- /* x */ -}} e', 'a b c  de'],
  ['{{ range $k, $v := $labels }}{{ $k }}={{ $v }},{{ else }}none{{ end }}', 'instance=10.0.0.1:9090,job=api,path=/a&b,'],
  ['{{ $x := 5 }}{{ $x }} {{ $x = 6 }}{{ $x }} {{ len "héllo" }} {{ slice "hello" 1 3 }} {{ index "abc" 1 }}', '5 6 6 el 98'],
  ['{{ stripPort $labels.instance }} {{ stripPort "x" }} {{ stripPort "[::1]:80" }} {{ stripDomain "a.b.c:80" }} {{ stripDomain "a.b.c" }} {{ stripDomain "1.2.3.4:5" }}', '10.0.0.1 x ::1 a:80 a 1.2.3.4:5'],
  ['{{ graphLink "up > 1" }} {{ tableLink "up{a=\\"b\\"}" }}', '/graph?g0.expr=up+%3E+1&g0.tab=0 /graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=1'],
  [`{{ safeHtml "<b>" }} {{ html "<b>'" }} {{ js "a'b<" }} {{ urlquery "a b" }} {{ print 1 2 "a" "b" 3 }} {{ println "x" 1 }}`, "<b> &lt;b&gt;&#39; a\\'b\\u003C a+b 1 2ab3 x 1\n"],
  ['{{ args 1 "b" }}', 'map[arg0:1 arg1:b]'],
  ['{{ .Labels }}', 'map[instance:10.0.0.1:9090 job:api path:/a&b]'],
  ['{{ . }}', '{map[instance:10.0.0.1:9090 job:api path:/a&b] map[cluster:one] http://console.example/base 42.5}'],
  ['{{ print nil }}', '<nil>'],
  ["{{ 0x1F }} {{ 1e3 }} {{ 'a' }} {{ 1_000 }} {{ -5 }} {{ .5 }}", '31 1000 97 1000 -5 0.5'],
  ['{{ range 3 }}{{ . }}{{ if eq . 1 }}{{ break }}{{ end }}{{ end }}', '01'],
  ['{{ eq "a" "b" "a" }} {{ ne 1 2 }} {{ lt "a" "b" }} {{ ge 2.5 2.5 }}', 'true true true true'],
  ['{{ "x" | printf "%s-%s" "y" }}', 'y-x'],
  ['{{ printf "%v %v" 1.5 1e21 }} {{ printf "%6.2f|%-6.2f|" 3.14159 2.0 }} {{ printf "%3c|%U" 65 66 }}', '1.5 1e+21   3.14|2.00  |   A|U+0042'],
  ['{{ printf "%!" }} {{ printf "%" }} {{ printf "%z" 5 }} {{ printf "%*d" 5 42 }}', '%!!(MISSING) %!(NOVERB) %!z(int=5)    42'],
  ['{{ with $x := .Labels.job }}{{ $x }}{{ end }}{{ with "" }}a{{ else with "b" }}{{ . }}{{ end }}', 'apib'],
  ['{{ humanize (printf "%.0f" $value) }}', '42'],
  ['{{ $labels.job|toUpper }}', 'API'],
  ['{{ block "b" . }}{{ .Value }}{{ end }}', '42.5'],
  ['{{ `raw` }}', 'raw'],
  ['{{ strvalue (query "up" | first) }}', 'q'],
  ['{{ "x"|len|printf "%03d" }}', '001'],
  ['{{- $value -}}', '42.5'],
  ['{{ $value}}{{$value }} {{.Value}}', '42.542.5 42.5'],
];

/** Its errors; the template's name, which stands in all of them, is left out. */
const ERRORS: readonly (readonly [template: string, error: string])[] = [
  ['{{ printf "%.2f%%" $value }} {{ printf "%5.1f|%-8s|%08.3f|%+d|%x|%q|%v|%t" $value "ab" $value 5 255 "q"x" $labels true }}', `error parsing 1: bad character U+0022 '"'`],
  ['{{ humanize "abc" }}', 'error executing 1:115: executing "__alert_A" at <humanize "abc">: error calling humanize: strconv.ParseFloat: parsing "abc": invalid syntax'],
  ['{{ match "a(" "x" }}', 'error executing 1:115: executing "__alert_A" at <match "a(" "x">: error calling match: error parsing regexp: missing closing ): `a(`'],
  ['{{ query "bad(" }}', 'error executing 1:115: executing "__alert_A" at <query "bad(">: error calling query: parse error'],
  ['{{ if gt $value 10 }}x{{ end }}', 'error executing 1:118: executing "__alert_A" at <gt $value 10>: error calling gt: incompatible types for comparison: float64 and int'],
  ['{{ foo }}', 'error parsing 1: function "foo" not defined'],
  ['{{ $nope }}', 'error parsing 1: undefined variable "$nope"'],
  ['{{ if }}x{{ end }}', 'error parsing 1: missing value for if'],
  ['{{ if true }}x', 'error parsing 1: unexpected EOF'],
  ['{{ end }}', 'error parsing 1: unexpected {{end}}'],
  ['{{ .Foo }}', `error executing 1:115: executing "__alert_A" at <.Foo>: can't evaluate field Foo in type struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }`],
  ['{{ .Value.x }}', `error executing 1:121: executing "__alert_A" at <.Value.x>: can't evaluate field x in type interface {}`],
  ['{{ $value.x }}', `error executing 1:121: executing "__alert_A" at <$value.x>: can't evaluate field x in type float64`],
  ['{{ .Labels.a.b }}', `error executing 1:122: executing "__alert_A" at <.Labels.a.b>: can't evaluate field b in type string`],
  ['{{ humanize }}', 'error executing 1:115: executing "__alert_A" at <humanize>: wrong number of args for humanize: want 1 got 0'],
  ['{{ humanize 1 2 }}', 'error executing 1:115: executing "__alert_A" at <humanize>: wrong number of args for humanize: want 1 got 2'],
  ['{{ toUpper 5 }}', 'error executing 1:123: executing "__alert_A" at <5>: expected string; found 5'],
  ['{{ $value | toUpper }}', 'error executing 1:124: executing "__alert_A" at <toUpper>: wrong type for value; expected string; got float64'],
  ['{{ toUpper $value }}', 'error executing 1:123: executing "__alert_A" at <$value>: wrong type for value; expected string; got float64'],
  ['{{ "unclosed }}', 'error parsing 1: unterminated quoted string'],
  ['{{ 1 + 2 }}', 'error parsing 1: illegal number syntax: "+"'],
  ['{{ (1 }}', 'error parsing 1: unclosed left paren'],
  ['line1\nline2 {{ toUpper\n $value }}', 'error executing 3:1: executing "__alert_A" at <$value>: wrong type for value; expected string; got float64'],
  ['x\ny {{ nofunc }}', 'error parsing 2: function "nofunc" not defined'],
  ['{{ first (query "none") }}', 'error executing 1:115: executing "__alert_A" at <first (query "none")>: error calling first: first() called on vector with no elements'],
  ['{{ range .Nope }}{{ end }}', `error executing 1:121: executing "__alert_A" at <.Nope>: can't evaluate field Nope in type struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }`],
  ['{{ define "t" }}[{{ . }}]{{ end }}{{ template "t" $value }}{{ template "nope" }}', 'error executing 1:183: executing "__alert_A" at <{{template "nope"}}>: template "nope" not defined'],
  ['{{ parseDuration "x" }}', 'error executing 1:115: executing "__alert_A" at <parseDuration "x">: error calling parseDuration: not a valid duration string: "x"'],
  ['{{ true }} {{ nil }}', 'error executing 1:126: executing "__alert_A" at <nil>: nil is not a command'],
  ['{{ break }}', 'error parsing 1: {{break}} outside {{range}}'],
  ['{{ eq 1 1.0 }}', 'error executing 1:115: executing "__alert_A" at <eq 1 1.0>: error calling eq: incompatible types for comparison: int and float64'],
  ['{{ lt $labels 1 }}', 'error executing 1:115: executing "__alert_A" at <lt $labels 1>: error calling lt: invalid type for comparison'],
  ['{{if true}}a{{else}}b{{else}}c{{end}}', 'error parsing 1: expected end; found {{else}}'],
  ['{{ . | . }}', 'error parsing 1: non executable command in pipeline stage 2'],
  ['{{ "a" "b" }}', `error executing 1:115: executing "__alert_A" at <"a">: can't give argument to non-function "a"`],
  ['{{ .Labels.job "x" }}', 'error executing 1:122: executing "__alert_A" at <.Labels.job>: job is not a method but has arguments'],
  ['{{ $labels.job | .Labels.job }}', 'error executing 1:136: executing "__alert_A" at <.Labels.job>: job is not a method but has arguments'],
  ['{{ and }}', 'error executing 1:115: executing "__alert_A" at <and>: wrong number of args for and: want at least 1 got 0'],
  ['{{ title }}', 'error executing 1:115: executing "__alert_A" at <title>: wrong number of args for title: want 1 got 0'],
  ['{{ label "job" "x" }}', `error executing 1:127: executing "__alert_A" at <"x">: can't handle "x" for arg of type *template.sample`],
  ['{{ value 5 }}', `error executing 1:121: executing "__alert_A" at <5>: can't handle 5 for arg of type *template.sample`],
  ['{{ {', 'error parsing 1: unexpected "{" in command'],
  ['}} {{', 'error parsing 1: unclosed action'],
  ['{{ $labels.foo-bar }}', "error parsing 1: bad character U+002D '-'"],
  ['{{ "a\\qb" }}', 'error parsing 1: invalid syntax'],
  ['{{ index $labels 5 }}', 'error executing 1:115: executing "__alert_A" at <index $labels 5>: error calling index: value has type int; should be string'],
  ['{{ index 5 5 }}', `error executing 1:115: executing "__alert_A" at <index 5 5>: error calling index: can't index item of type int`],
  ['{{ len 3 }}', 'error executing 1:115: executing "__alert_A" at <len 3>: error calling len: len of type int'],
  ['{{ not }}', 'error executing 1:115: executing "__alert_A" at <not>: wrong number of args for not: want 1 got 0'],
  ['{{ humanizePercentage "x" }}', 'error executing 1:115: executing "__alert_A" at <humanizePercentage "x">: error calling humanizePercentage: strconv.ParseFloat: parsing "x": invalid syntax'],
  ['{{ humanizeDuration $labels }}', `error executing 1:115: executing "__alert_A" at <humanizeDuration $labels>: error calling humanizeDuration: can't convert map[string]string to float`],
  ['{{ reReplaceAll "(" "" "" }}', 'error executing 1:115: executing "__alert_A" at <reReplaceAll "(" "" "">: error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`'],
];

/** Go's forms of numbers: value, then what `{{ $value }}`, humanize, humanize1024, humanizeDuration and %.1f give. */
const NUMBERS: readonly (readonly [value: number, text: string])[] = [
  [3, '3 3 3 3s 3.0'],
  [0.000123, '0.000123 123u 0.000123 123us 0.0'],
  [123_456_789, '1.23456789e+08 123.5M 117.7Mi 1428d 21h 33m 9s 123456789.0'],
  [-0.5, '-0.5 -500m -0.5 -500ms -0.5'],
  [0.25, '0.25 250m 0.25 250ms 0.2'],
  [NaN, 'NaN NaN NaN NaN NaN'],
  [Infinity, '+Inf +Inf +Inf +Inf +Inf'],
];

test('templates give what they give in Prometheus', () => {
  for (const [template, text] of TEXTS) assert.equal(expand(template), text, template);
});

test('templates fail as they fail in Prometheus', () => {
  for (const [template, error] of ERRORS) {
    const attempt = (): string => expand(template);
    assert.throws(attempt, (thrown: unknown) => thrown instanceof TemplateError && thrown.message.replaceAll('template __alert_A: template: __alert_A:', '') === error, template);
  }
});

test('numbers look as they do in Prometheus', () => {
  for (const [value, text] of NUMBERS) assert.equal(expand('{{ $value }} {{ humanize $value }} {{ humanize1024 $value }} {{ humanizeDuration $value }} {{ printf "%.1f" $value }}', value), text);
});

test('a template that cannot be read is told without running it', () => {
  assert.equal(checkTemplate('A', 'ok {{ $labels.x }}'), undefined);
  assert.equal(checkTemplate('A', '{{ nofunc }}'), 'template: __alert_A:1: function "nofunc" not defined');
});

test('a template that would run for ever is ended', () => {
  assert.throws(() => expand('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}'), /exceeded maximum template depth/);
  assert.throws(() => expand('{{ range 100000 }}{{ range 100000 }}{{ end }}x{{ end }}'), TemplateError);
  assert.throws(() => expand('{{ range 90000 }}{{ printf "%9999d" 1 }}{{ end }}'), TemplateError);
});

test('whatever the template, it gives a text or a TemplateError', () => {
  const piece = fc.constantFrom('{{', '}}', '{{-', ' -}}', '$labels', '.job', ' ', '"', '`', '|', 'if', 'end', 'range', 'with', 'else', '(', ')', '5', '1e9', 'printf', '"%s"', 'query', 'first', ':=', ',', '$x', '\n', 'é', 'nil', 'and', 'index', 'text');
  const inside = fc.array(piece, { maxLength: 8 }).map((parts) => `{{${parts.join('')}}}`);
  const template = fc.array(fc.oneof(piece, inside, fc.string()), { maxLength: 10 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(template, (text) => {
      try {
        assert.equal(typeof expand(text), 'string');
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
      }
    }),
    { interruptAfterTimeLimit: 700, numRuns: 5000 },
  );
});
