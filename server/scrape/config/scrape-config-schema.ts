import { z } from 'zod';
import { parseDurationMs } from '#server/promql/durations.ts';
import { SCRAPE_PROTOCOLS } from '../exposition/scrape-protocols.ts';
import { RELABEL_ACTIONS } from '../relabel/relabel-rule.ts';

const SIZE = /^(\d+(?:\.\d+)?)(B|([KMGT])i?B)$/;
const UNIT_BYTES: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** A duration such as `15s`, in milliseconds. */
const Duration = z.string().transform((text, ctx) => {
  const ms = parseDurationMs(text);
  if (ms !== undefined) return ms;
  ctx.addIssue(`${JSON.stringify(text)} is not a duration such as 15s or 1m30s`);
  return z.NEVER;
});
/** A size such as `10MB`, in bytes; all units are powers of two, as in Prometheus. */
const Size = z.union([z.literal(0), z.string()]).transform((text, ctx) => {
  const [, count, unit, prefix] = SIZE.exec(String(text)) ?? [];
  if (text === 0 || text === '0') return 0;
  if (count !== undefined && unit !== undefined) return Math.floor(Number(count) * (prefix === undefined ? 1 : (UNIT_BYTES[prefix] ?? 1)));
  ctx.addIssue(`${JSON.stringify(text)} is not a size such as 10MB`);
  return z.NEVER;
});
const Count = z.number().int().min(0);
const Protocol = z.enum(SCRAPE_PROTOCOLS);
const Protocols = z.array(Protocol).min(1).refine((list) => new Set(list).size === list.length, 'a protocol is there twice');
/** YAML reads some label values as numbers and booleans. */
const LabelText = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Labels = z.record(z.string(), LabelText);

export const TargetGroup = z.strictObject({ targets: z.array(z.string()), labels: Labels.optional() });
export type TargetGroup = z.infer<typeof TargetGroup>;
export const TargetGroups = z.array(TargetGroup);

const Relabel = z.strictObject({
  source_labels: z.array(z.string()).optional(),
  separator: z.string().optional(),
  regex: LabelText.optional(),
  modulus: Count.optional(),
  target_label: z.string().optional(),
  replacement: LabelText.optional(),
  action: z.string().transform((text) => text.toLowerCase()).pipe(z.enum(RELABEL_ACTIONS)).optional(),
});
export type Relabel = z.infer<typeof Relabel>;

/** What a job may say as well as all jobs together. */
const shared = {
  scrape_interval: Duration.optional(),
  scrape_timeout: Duration.optional(),
  scrape_protocols: Protocols.optional(),
  scrape_native_histograms: z.boolean().optional(),
  always_scrape_classic_histograms: z.boolean().optional(),
  convert_classic_histograms_to_nhcb: z.boolean().optional(),
  extra_scrape_metrics: z.boolean().optional(),
  body_size_limit: Size.optional(),
  sample_limit: Count.optional(),
  target_limit: Count.optional(),
  label_limit: Count.optional(),
  label_name_length_limit: Count.optional(),
  label_value_length_limit: Count.optional(),
  keep_dropped_targets: Count.optional(),
  metric_name_validation_scheme: z.enum(['legacy', 'utf8']).optional(),
  metric_name_escaping_scheme: z.enum(['allow-utf-8', 'underscores', 'dots', 'values']).optional(),
};

export const ScrapeSection = z.strictObject({
  ...shared,
  job_name: z.string().min(1),
  fallback_scrape_protocol: Protocol.optional(),
  metrics_path: z.string().default('/metrics'),
  scheme: z.enum(['http', 'https']).default('http'),
  params: z.record(z.string(), z.array(LabelText)).default({}),
  honor_labels: z.boolean().default(false),
  honor_timestamps: z.boolean().default(true),
  track_timestamps_staleness: z.boolean().default(false),
  enable_compression: z.boolean().default(true),
  follow_redirects: z.boolean().default(true),
  basic_auth: z.strictObject({ username: z.string(), password: z.string().optional(), password_file: z.string().optional() }).refine((auth) => auth.password === undefined || auth.password_file === undefined, 'at most one of password and password_file may be there').optional(),
  authorization: z.strictObject({ type: z.string().default('Bearer'), credentials: z.string().optional(), credentials_file: z.string().optional() }).refine((auth) => auth.credentials === undefined || auth.credentials_file === undefined, 'at most one of credentials and credentials_file may be there').optional(),
  tls_config: z.strictObject({ ca_file: z.string().optional(), cert_file: z.string().optional(), key_file: z.string().optional(), server_name: z.string().optional(), insecure_skip_verify: z.boolean().optional() }).optional(),
  static_configs: TargetGroups.default([]),
  file_sd_configs: z.array(z.strictObject({ files: z.array(z.string().regex(/^[^*]*(\*[^/]*)?\.(json|yml|yaml)$/i, 'a path ending in .json, .yml or .yaml, with * in its last part only')).min(1), refresh_interval: Duration.optional() })).default([]),
  relabel_configs: z.array(Relabel).default([]),
  metric_relabel_configs: z.array(Relabel).default([]),
  native_histogram_bucket_limit: Count.default(0),
  native_histogram_min_bucket_factor: z.number().min(0).default(0),
}).refine((job) => job.basic_auth === undefined || job.authorization === undefined, 'at most one of basic_auth and authorization may be there');
export type ScrapeSection = z.infer<typeof ScrapeSection>;

const GlobalSection = z.strictObject(shared);
export type GlobalSection = z.infer<typeof GlobalSection>;

/** The part of Prometheus' configuration file that tells what to scrape. A field that is not known here is an error. */
export const ScrapeConfigFile = z.strictObject({ global: GlobalSection.nullish().transform((global) => global ?? {}), scrape_configs: z.array(ScrapeSection).nullish().transform((sections) => sections ?? []) });
export type ScrapeConfigFile = z.infer<typeof ScrapeConfigFile>;
