import { QueryError } from '#server/promql/metrics-backend.ts';
import { errorSchema } from './schemas.ts';

/** An answer that is not the one that was asked for. */
export interface Refusal {
  /** Host of the server, for the message. */
  readonly host: string;
  /** What was asked, such as `/query`. */
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const SHOWN_CHARACTERS = 160;
/** Calls that not every compatible server has. */
const OPTIONAL = new Set(['/query_exemplars', '/metadata', '/rules', '/alerts', '/targets', '/format_query', '/parse_query']);

/** The error behind an answer: the server's own where it tells one, else what the status and the text let one know. */
export function remoteError(refusal: Refusal): QueryError {
  const { host, path, status, headers, text } = refusal;
  const own = errorSchema.safeParse(parseJson(text));
  const said = own.success ? own.data.error : wordsOf(text);
  const because = said === '' ? '' : `: ${said}`;
  switch (status) {
    case 401:
      return new QueryError('unavailable', `${host} does not accept these credentials (401)${because}. Check --prometheus-user, --prometheus-token-file and --prometheus-header.`);
    case 403:
      return new QueryError('unavailable', `${host} does not allow this (403)${because}. Check what the credentials, or the tenant in --prometheus-header, may read.`);
    case 429: {
      const wait = headers.get('retry-after');
      return new QueryError('unavailable', `${host} takes no more queries now (429)${because}.${wait === null ? '' : ` It asks to wait ${/^\d+$/.test(wait) ? `${wait} s` : `until ${wait}`}.`}`);
    }
    case 413:
      return new QueryError('bad_data', `${host} finds the query too large (413)${because}`);
  }
  if (own.success) return new QueryError(typeOf(own.data.errorType, status), own.data.error.replace(/^invalid parameter "(query|match\[\])": /, ''));
  if (status >= 300 && status < 400) return new QueryError('unavailable', `${host} sends elsewhere (${status}), to ${headers.get('location') ?? 'nowhere'}; give that address as --prometheus-url.`);
  if ((status === 404 || status === 405 || status === 501) && OPTIONAL.has(path)) return new QueryError('unavailable', `${host} does not offer ${path.slice(1)} (${status})`);
  if (status === 404) return new QueryError('unavailable', `${host} has no Prometheus API at this address (404)${because}. Check the path of --prometheus-url; /api/v1 is added to it.`);
  if (status === 400 || status === 422) return new QueryError(status === 400 ? 'bad_data' : 'execution', said === '' ? `${host} refuses the query (${status})` : said);
  if (status === 504) return new QueryError('timeout', `${host} did not get an answer in time (504)${because}`);
  if (status >= 500) return new QueryError('unavailable', `${host} failed (${status})${because}`);
  return new QueryError('unavailable', `${host} answered with status ${status} and not as the Prometheus API does${because}`);
}

/** The type of the server's error. VictoriaMetrics gives the status in its place; Mimir has some of its own. */
function typeOf(errorType: string, status: number): QueryError['errorType'] {
  switch (errorType) {
    case 'bad_data':
    case 'execution':
    case 'timeout':
    case 'canceled':
    case 'internal':
    case 'unavailable':
      return errorType;
  }
  if (status === 422) return 'execution';
  if (status === 499) return 'canceled';
  if (status === 503 || status === 502) return 'unavailable';
  if (status === 504) return 'timeout';
  return status >= 400 && status < 500 ? 'bad_data' : 'internal';
}

/** What a text says to a person: the title of a page, or its words without the marks. */
function wordsOf(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text.slice(0, 20_000))?.[1];
  const plain = (title ?? text.slice(0, 2000).replaceAll(/<(script|style)[^>]*>[^]*?<\/\1>/gi, ' ').replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ').trim();
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}…` : plain;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A page or plain words: told as they are.
    return undefined;
  }
}
