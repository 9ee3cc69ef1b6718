import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseScrapeConfig, parseTargetGroups, type ConfiguredJob } from './parse-scrape-config.ts';
import { populateTarget } from './populate-target.ts';

function jobs(text: string): readonly ConfiguredJob[] {
  const parsed = parseScrapeConfig(text, '/etc/binnacle/scrape.yml');
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.problem);
  return parsed.value;
}

test('a job has the defaults of Prometheus and of the global section', () => {
  const [first, second] = jobs(`
global: { scrape_interval: 15s, sample_limit: 100, extra_scrape_metrics: true }
scrape_configs:
  - job_name: plain
    static_configs: [{ targets: ['localhost:9090'] }]
  - job_name: own
    scrape_interval: 1m
    scrape_timeout: 20s
    metrics_path: /stats
    scheme: https
    params: { module: [a, b] }
    honor_labels: true
    honor_timestamps: false
    body_size_limit: 10MB
    sample_limit: 5
    scrape_native_histograms: true
    fallback_scrape_protocol: PrometheusText0.0.4
    basic_auth: { username: u, password_file: secret }
    tls_config: { ca_file: ca.pem, insecure_skip_verify: true }
    file_sd_configs: [{ files: ['targets/*.yml'] }]
    metric_relabel_configs: [{ source_labels: [__name__], regex: go_.*, action: DROP }]
`);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual([first.job.name, first.job.intervalMs, first.job.timeoutMs, first.job.sampleLimit, first.job.extraMetrics, first.job.honorTimestamps, first.job.http.followRedirects], ['plain', 15_000, 10_000, 100, true, true, true]);
  assert.equal(first.job.protocols[0], 'OpenMetricsText1.0.0');
  assert.deepEqual([second.job.intervalMs, second.job.timeoutMs, second.job.sampleLimit, second.job.honorLabels, second.job.honorTimestamps, second.job.bodySizeLimit], [60_000, 20_000, 5, true, false, 10 * 2 ** 20]);
  assert.equal(second.job.protocols[0], 'PrometheusProto');
  assert.deepEqual(second.job.http.basicAuth, { username: 'u', password: undefined, passwordFile: '/etc/binnacle/secret' });
  assert.equal(second.job.http.tls?.caFile, '/etc/binnacle/ca.pem');
  assert.deepEqual(second.files, ['/etc/binnacle/targets/*.yml']);
  assert.deepEqual(second.job.metricRelabel.map(({ action }) => action), ['drop']);
});

const WRONG: readonly [what: string, text: string, problem: RegExp][] = [
  ['an unknown field', 'scrape_configs:\n  - job_name: a\n    kubernetes_sd_configs: []\n', /^line 3: scrape_configs\[0\]\.kubernetes_sd_configs: this field is not known here/],
  ['an unknown section', 'rule_files: []\n', /^line 1: rule_files: this field is not known here/],
  ['YAML that cannot be read', 'scrape_configs: [\n', /^line \d+: /],
  ['nothing', '', /^it is empty/],
  ['no name', 'scrape_configs:\n  - scheme: http\n', /^line 2: scrape_configs\[0\]\.job_name: /],
  ['two jobs of one name', 'scrape_configs:\n  - job_name: a\n  - job_name: a\n', /^line 3: job "a": there are two jobs of this name/],
  ['the name of the mesh', 'scrape_configs:\n  - job_name: workload-entries\n', /taken by the workloads of the mesh/],
  ['a word for a duration', 'scrape_configs:\n  - job_name: a\n    scrape_interval: soon\n', /^line 3: .*"soon" is not a duration/],
  ['a size without a unit', 'scrape_configs:\n  - job_name: a\n    body_size_limit: "10"\n', /^line 3: .*"10" is not a size/],
  ['a timeout over the interval', 'scrape_configs:\n  - job_name: a\n    scrape_interval: 5s\n    scrape_timeout: 6s\n', /^line 4: job "a": the scrape_timeout is greater/],
  ['a URL for a target', 'scrape_configs:\n  - job_name: a\n    static_configs: [{targets: ["http://a/metrics"]}]\n', /^line 3: job "a": "http:\/\/a\/metrics" is not a valid hostname/],
  ['a bad rule', 'scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - regex: "("\n        action: keep\n', /^line 4: job "a": the regex "\(" is not valid/],
  ['two ways to sign in', 'scrape_configs:\n  - job_name: a\n    basic_auth: {username: a}\n    authorization: {credentials: b}\n', /at most one of basic_auth and authorization/],
  ['a negative limit', 'scrape_configs:\n  - job_name: a\n    sample_limit: -1\n', /^line 3: scrape_configs\[0\]\.sample_limit/],
];
for (const [what, text, problem] of WRONG) {
  test(`a configuration with ${what} is refused with its place and the reason`, () => {
    const parsed = parseScrapeConfig(text, '/x.yml');
    assert.match(parsed.ok ? 'no problem' : parsed.problem, problem);
  });
}

test('a file of targets is read as JSON and as YAML, and refused when it is neither', () => {
  assert.deepEqual(parseTargetGroups('[{"targets":["a:1"],"labels":{"env":"x"}}]'), { ok: true, value: [{ targets: ['a:1'], labels: { env: 'x' } }] });
  assert.deepEqual(parseTargetGroups('- targets: [b:2]\n'), { ok: true, value: [{ targets: ['b:2'] }] });
  assert.equal(parseTargetGroups('{"targets":[]}').ok, false);
});

const JOB = `
scrape_configs:
  - job_name: probe
    scrape_interval: 30s
    metrics_path: /probe
    params: { module: [http_2xx], target: [x y] }
    relabel_configs:
      - { source_labels: [__address__], regex: 'skip.*', action: drop }
      - { source_labels: [__address__], target_label: __param_target }
      - { source_labels: [__param_target], target_label: instance }
      - { source_labels: [kind], regex: slow, target_label: __scrape_interval__, replacement: 1m }
      - { source_labels: [kind], regex: lost, target_label: __address__, replacement: '' }
      - { source_labels: [kind], regex: .+, target_label: __tmp, replacement: gone }
`;
test('a target is relabelled, has the parameters in its URL, and keeps only public labels', () => {
  const [job] = jobs(JOB);
  assert.ok(job !== undefined);
  const made = populateTarget('host:9115', { kind: 'slow', __meta_filepath: '/f.yml' }, job);
  assert.ok(made.kind === 'target');
  assert.equal(made.target.url, 'http://host:9115/probe?module=http_2xx&target=host%3A9115');
  assert.deepEqual(made.target.labels, { instance: 'host:9115', job: 'probe', kind: 'slow' });
  assert.deepEqual([made.target.intervalMs, made.target.timeoutMs, made.target.problem], [60_000, 10_000, undefined]);
  assert.equal(made.target.discoveredLabels['__meta_filepath'], '/f.yml');
  assert.equal(made.target.discoveredLabels['__scrape_interval__'], '30s');
  assert.deepEqual(populateTarget('skip:1', {}, job).kind, 'dropped');
  const lost = populateTarget('host:1', { kind: 'lost' }, job);
  assert.match((lost.kind === 'target' && lost.target.problem) || '', /no address/);
});
