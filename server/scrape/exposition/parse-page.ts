import { convertClassicHistograms } from './convert-classic-histograms.ts';
import { limitHistograms, type HistogramLimits } from './limit-histograms.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { parseProtobuf } from './parse-protobuf.ts';
import { parseText } from './parse-text.ts';
import { PageBuilder, type ScrapePage, type SeriesHints } from './scrape-page.ts';
import { formatOf, type MediaType, type ScrapeProtocol } from './scrape-protocols.ts';

export interface ParsePageOptions extends HistogramLimits {
  readonly contentType: string;
  readonly fallbackProtocol?: ScrapeProtocol | undefined;
  /** The series of the page before of the same target. */
  readonly hints: SeriesHints;
  readonly maxSamples: number;
  readonly startTimestamps: boolean;
  readonly nativeHistograms: boolean;
  readonly alwaysClassicHistograms: boolean;
  /** Make native histograms of custom buckets of classic ones. */
  readonly convertClassicHistograms: boolean;
}

/** Reads the page of a target in the format it says it is in. Never throws: what is wrong is the page's fault. */
export function parsePage(body: Buffer, options: ParsePageOptions): ScrapePage {
  const format = formatOf(options.contentType, options.fallbackProtocol);
  if (format.kind === 'unreadable') return new PageBuilder().build(format.reason);
  const parsed = parseAs(format.mediaType, body, options);
  const converted = options.convertClassicHistograms ? convertClassicHistograms(parsed, { hints: options.hints, keepClassic: options.alwaysClassicHistograms }) : parsed;
  const page = limitHistograms(converted, options);
  if (page.fault === undefined || format.unexpected === undefined) return page;
  return { ...page, fault: `${format.unexpected}; read as ${options.fallbackProtocol}: ${page.fault}` };
}

function parseAs(mediaType: MediaType, body: Buffer, options: ParsePageOptions): ScrapePage {
  switch (mediaType) {
    case 'text/plain':
      return parseText(body, options);
    case 'application/openmetrics-text':
      return parseOpenMetrics(body, options);
    case 'application/vnd.google.protobuf':
      return parseProtobuf(body, options);
  }
}
