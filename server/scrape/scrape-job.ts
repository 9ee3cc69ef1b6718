import type { EscapingScheme, ScrapeProtocol } from './exposition/scrape-protocols.ts';
import { defaultProtocols } from './exposition/scrape-protocols.ts';
import type { LabelLimits, NameScheme } from './check-labels.ts';
import type { RelabelRule } from './relabel/relabel-rule.ts';

/** How the targets of a pool are asked. Files are read again for every scrape, so that secrets may change. */
export interface ScrapeHttp {
  readonly basicAuth?: { readonly username: string; readonly password?: string | undefined; readonly passwordFile?: string | undefined } | undefined;
  /** An Authorization header: its scheme, and what follows it. */
  readonly authorization?: { readonly type: string; readonly credentials?: string | undefined; readonly credentialsFile?: string | undefined } | undefined;
  readonly tls?: ScrapeTls | undefined;
  readonly followRedirects: boolean;
}
export interface ScrapeTls {
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly serverName?: string | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
}

/** How the targets of one pool are scraped. Names and meanings are those of Prometheus' scrape_config; a limit of 0 is none. */
export interface ScrapeJob extends LabelLimits {
  readonly name: string;
  /** Another one means that something about the job was changed. */
  readonly fingerprint: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly protocols: readonly ScrapeProtocol[];
  readonly fallbackProtocol?: ScrapeProtocol | undefined;
  readonly escaping: EscapingScheme;
  readonly nameScheme: NameScheme;
  readonly enableCompression: boolean;
  readonly honorLabels: boolean;
  readonly honorTimestamps: boolean;
  readonly trackTimestampsStaleness: boolean;
  readonly nativeHistograms: boolean;
  readonly alwaysClassicHistograms: boolean;
  readonly convertClassicHistograms: boolean;
  /** Take `_created` lines and fields for start timestamps. */
  readonly startTimestamps: boolean;
  /** Leave scrape_timeout_seconds, scrape_sample_limit and scrape_body_size_bytes too. */
  readonly extraMetrics: boolean;
  readonly bodySizeLimit: number;
  readonly sampleLimit: number;
  /** Most samples on a page before relabelling: what keeps a single target from taking the server's time and memory. */
  readonly pageSampleLimit: number;
  readonly targetLimit: number;
  readonly nativeHistogramBucketLimit: number;
  readonly nativeHistogramMinBucketFactor: number;
  readonly metricRelabel: readonly RelabelRule[];
  readonly http: ScrapeHttp;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_BODY_LIMIT = 64 * 1024 * 1024;
/** About what Prometheus' own documentation calls a very large target, twice. */
const DEFAULT_PAGE_SAMPLES = 250_000;

/** A job with Prometheus' defaults, save that bodies and pages have a bound. */
export function scrapeJob(own: Pick<ScrapeJob, 'name' | 'intervalMs'> & Partial<ScrapeJob>): ScrapeJob {
  return {
    fingerprint: '',
    timeoutMs: Math.min(DEFAULT_TIMEOUT_MS, own.intervalMs),
    protocols: defaultProtocols(own.nativeHistograms ?? false),
    escaping: 'allow-utf-8',
    nameScheme: 'utf8',
    enableCompression: true,
    honorLabels: false,
    honorTimestamps: true,
    trackTimestampsStaleness: false,
    nativeHistograms: false,
    alwaysClassicHistograms: false,
    convertClassicHistograms: false,
    startTimestamps: false,
    extraMetrics: false,
    bodySizeLimit: DEFAULT_BODY_LIMIT,
    sampleLimit: 0,
    pageSampleLimit: DEFAULT_PAGE_SAMPLES,
    targetLimit: 0,
    labelLimit: 0,
    labelNameLengthLimit: 0,
    labelValueLengthLimit: 0,
    nativeHistogramBucketLimit: 0,
    nativeHistogramMinBucketFactor: 0,
    metricRelabel: [],
    http: { followRedirects: true },
    ...own,
  };
}
