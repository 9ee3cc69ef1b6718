import { dirname, resolve } from 'node:path';
import type { ZodError, ZodType } from 'zod';
import { parseManifest, type ManifestDocument } from '#server/config/parse-manifest.ts';
import { MESH_POOL } from '../discover-targets.ts';
import { compileRelabelRule, type RelabelRule } from '../relabel/relabel-rule.ts';
import { scrapeJob, type ScrapeJob } from '../scrape-job.ts';
import { ScrapeConfigFile, TargetGroups, type GlobalSection, type Relabel, type ScrapeSection, type TargetGroup } from './scrape-config-schema.ts';

/** A job of a configuration file, and where its targets come from. */
export interface ConfiguredJob {
  readonly job: ScrapeJob;
  readonly metricsPath: string;
  readonly scheme: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  readonly relabel: readonly RelabelRule[];
  readonly staticGroups: readonly TargetGroup[];
  /** Absolute paths; the last part may hold a `*`. */
  readonly files: readonly string[];
  /** Most dropped targets that are shown; 0 = all. */
  readonly keepDropped: number;
}
/** `problem` is a sentence with the line of the text. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Reads a configuration file in Prometheus' form, as far as it tells what to scrape. `file` is its path: relative ones
 * within are resolved beside it. `startTimestamps` is no setting of a job there, but a feature flag. Source of rules and defaults: Prometheus config/config.go ScrapeConfig Validate.
 */
export function parseScrapeConfig(text: string, file: string, startTimestamps = false): Parsed<readonly ConfiguredJob[]> {
  const parsed = parseYaml(text, ScrapeConfigFile);
  if (!parsed.ok) return parsed;
  const { value, locate } = parsed;
  const jobs: ConfiguredJob[] = [];
  for (const [i, section] of value.scrape_configs.entries()) {
    const path = `scrape_configs[${i}]`;
    const fail = (problem: string, field = 'job_name'): Parsed<never> => ({ ok: false, problem: `line ${locate(`${path}.${field}`).line}: job ${JSON.stringify(section.job_name)}: ${problem}` });
    if (section.job_name === MESH_POOL) return fail('this name is taken by the workloads of the mesh');
    if (jobs.some(({ job }) => job.name === section.job_name)) return fail('there are two jobs of this name');
    const intervalMs = section.scrape_interval ?? value.global.scrape_interval ?? DEFAULT_INTERVAL_MS;
    const timeoutMs = section.scrape_timeout ?? Math.min(value.global.scrape_timeout ?? DEFAULT_TIMEOUT_MS, intervalMs);
    if (intervalMs === 0 || timeoutMs === 0) return fail('an interval or timeout of 0 scrapes nothing', 'scrape_interval');
    if (timeoutMs > intervalMs) return fail('the scrape_timeout is greater than the scrape_interval', 'scrape_timeout');
    if ((section.metric_name_escaping_scheme ?? '') === 'allow-utf-8' && schemeOf(section, value.global) === 'legacy') return fail('metric_name_escaping_scheme allow-utf-8 needs metric_name_validation_scheme utf8', 'metric_name_escaping_scheme');
    const relabel = compileAll(section.relabel_configs);
    if (!relabel.ok) return fail(relabel.problem, `relabel_configs[${relabel.index}]`);
    const metricRelabel = compileAll(section.metric_relabel_configs);
    if (!metricRelabel.ok) return fail(metricRelabel.problem, `metric_relabel_configs[${metricRelabel.index}]`);
    const url = relabel.rules.length > 0 ? undefined : section.static_configs.flatMap(({ targets }) => targets).find((address) => address.includes('/'));
    if (url !== undefined) return fail(`${JSON.stringify(url)} is not a valid hostname: a target is an address such as host:port`, 'static_configs');
    jobs.push({
      job: jobOf(section, value.global, { intervalMs, timeoutMs, startTimestamps }, metricRelabel.rules, (path_) => resolve(dirname(file), path_)),
      metricsPath: section.metrics_path,
      scheme: section.scheme,
      params: section.params,
      relabel: relabel.rules,
      staticGroups: section.static_configs,
      files: section.file_sd_configs.flatMap(({ files }) => files.map((path_) => resolve(dirname(file), path_))),
      keepDropped: section.keep_dropped_targets ?? value.global.keep_dropped_targets ?? 0,
    });
  }
  return { ok: true, value: jobs };
}

/** Reads a file of targets as file_sd_configs names it: JSON or YAML. */
export function parseTargetGroups(text: string): Parsed<readonly TargetGroup[]> {
  const parsed = parseYaml(text, TargetGroups);
  return parsed.ok ? { ok: true, value: parsed.value } : parsed;
}

function jobOf(section: ScrapeSection, global: GlobalSection, own: Pick<ScrapeJob, 'intervalMs' | 'timeoutMs' | 'startTimestamps'>, metricRelabel: readonly RelabelRule[], path: (relative: string) => string): ScrapeJob {
  const nativeHistograms = section.scrape_native_histograms ?? global.scrape_native_histograms ?? false;
  const protocols = section.scrape_protocols ?? global.scrape_protocols;
  const bodySizeLimit = section.body_size_limit ?? global.body_size_limit ?? 0;
  const nameScheme = schemeOf(section, global);
  const file = (relative: string | undefined): string | undefined => (relative === undefined ? undefined : path(relative));
  const { basic_auth: basic, authorization, tls_config: tls } = section;
  return scrapeJob({
    ...own,
    name: section.job_name,
    fingerprint: JSON.stringify([section, global]),
    ...(protocols === undefined ? {} : { protocols }),
    fallbackProtocol: section.fallback_scrape_protocol,
    nameScheme,
    escaping: section.metric_name_escaping_scheme ?? (nameScheme === 'legacy' ? 'underscores' : (global.metric_name_escaping_scheme ?? 'allow-utf-8')),
    enableCompression: section.enable_compression,
    honorLabels: section.honor_labels,
    honorTimestamps: section.honor_timestamps,
    trackTimestampsStaleness: section.track_timestamps_staleness,
    nativeHistograms,
    alwaysClassicHistograms: section.always_scrape_classic_histograms ?? global.always_scrape_classic_histograms ?? false,
    convertClassicHistograms: section.convert_classic_histograms_to_nhcb ?? global.convert_classic_histograms_to_nhcb ?? false,
    extraMetrics: section.extra_scrape_metrics ?? global.extra_scrape_metrics ?? false,
    // Without a limit of its own a job keeps the one that all have.
    ...(bodySizeLimit === 0 ? {} : { bodySizeLimit }),
    sampleLimit: section.sample_limit ?? global.sample_limit ?? 0,
    targetLimit: section.target_limit ?? global.target_limit ?? 0,
    labelLimit: section.label_limit ?? global.label_limit ?? 0,
    labelNameLengthLimit: section.label_name_length_limit ?? global.label_name_length_limit ?? 0,
    labelValueLengthLimit: section.label_value_length_limit ?? global.label_value_length_limit ?? 0,
    nativeHistogramBucketLimit: section.native_histogram_bucket_limit,
    nativeHistogramMinBucketFactor: section.native_histogram_min_bucket_factor,
    metricRelabel,
    http: {
      followRedirects: section.follow_redirects,
      ...(basic === undefined ? {} : { basicAuth: { username: basic.username, password: basic.password, passwordFile: file(basic.password_file) } }),
      ...(authorization === undefined ? {} : { authorization: { type: authorization.type, credentials: authorization.credentials, credentialsFile: file(authorization.credentials_file) } }),
      ...(tls === undefined ? {} : { tls: { caFile: file(tls.ca_file), certFile: file(tls.cert_file), keyFile: file(tls.key_file), serverName: tls.server_name, insecureSkipVerify: tls.insecure_skip_verify } }),
    },
  });
}

function schemeOf(section: ScrapeSection, global: GlobalSection): 'legacy' | 'utf8' {
  return section.metric_name_validation_scheme ?? global.metric_name_validation_scheme ?? 'utf8';
}

function compileAll(configs: readonly Relabel[]): { readonly ok: true; readonly rules: readonly RelabelRule[] } | { readonly ok: false; readonly problem: string; readonly index: number } {
  const rules: RelabelRule[] = [];
  for (const [index, { source_labels: sourceLabels, target_label: targetLabel, ...rest }] of configs.entries()) {
    const compiled = compileRelabelRule({ ...rest, sourceLabels, targetLabel });
    if (compiled.kind === 'invalid') return { ok: false, problem: compiled.reason, index };
    rules.push(compiled.rule);
  }
  return { ok: true, rules };
}

function parseYaml<T>(text: string, schema: ZodType<T>): { readonly ok: true; readonly value: T; readonly locate: ManifestDocument['locate'] } | { readonly ok: false; readonly problem: string } {
  const manifest = parseManifest(text);
  if (!manifest.ok) return { ok: false, problem: manifest.problems.map(({ line, message }) => `line ${line}: ${message}`).slice(0, 3).join('; ') || 'it cannot be read' };
  const [document, second] = manifest.documents;
  if (second !== undefined) return { ok: false, problem: 'there is more than one YAML document in it' };
  if (document === undefined) return { ok: false, problem: 'it is empty' };
  const checked = schema.safeParse(document.value);
  return checked.success ? { ok: true, value: checked.data, locate: document.locate } : { ok: false, problem: problemOf(checked.error, document) };
}

/** The first thing that is wrong, with its line and field. */
function problemOf(error: ZodError, document: ManifestDocument): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it cannot be read';
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const steps = unknown === undefined ? issue.path : [...issue.path, unknown];
  const path = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('').replace(/^\./, '');
  const what = unknown === undefined ? issue.message : 'this field is not known here; take it out';
  return `line ${document.locate(path).line}: ${path === '' ? '' : `${path}: `}${what}`;
}
