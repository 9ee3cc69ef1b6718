// Plain JavaScript: this runs under the machine's own Node (20 or newer) before anything is installed.

export const PARTS = ['control', 'server', 'pages', 'gateway', 'shop', 'load'];

export const DEFAULTS = {
  dataDir: '.binnacle',
  consolePort: 3000,
  otlpPort: 4318,
  otlpGrpcPort: 4317,
  zipkinPort: 9411,
  jaegerGrpcPort: 16685,
  kubePort: 6443,
  xdsPort: 15012,
  monitoringPort: 15014,
  gatewayPort: 8080,
  retentionHours: 6,
  scrapeSeconds: 5,
  rate: 20,
};

const FLAGS = {
  '--data-dir': ['dataDir', 'text'],
  '--console-port': ['consolePort', 'port'],
  '--otlp-port': ['otlpPort', 'port'],
  '--otlp-grpc-port': ['otlpGrpcPort', 'portOrOff'],
  '--zipkin-port': ['zipkinPort', 'portOrOff'],
  '--jaeger-grpc-port': ['jaegerGrpcPort', 'portOrOff'],
  '--otlp-cors-origin': ['otlpCorsOrigin', 'text'],
  '--kube-port': ['kubePort', 'port'],
  '--xds-port': ['xdsPort', 'port'],
  '--monitoring-port': ['monitoringPort', 'port'],
  '--gateway-port': ['gatewayPort', 'port'],
  '--retention-hours': ['retentionHours', 'number'],
  '--max-metrics-megabytes': ['maxMetricsMegabytes', 'number'],
  '--max-series': ['maxSeries', 'number'],
  '--out-of-order-minutes': ['outOfOrderMinutes', 'number'],
  '--scrape-seconds': ['scrapeSeconds', 'number'],
  '--scrape-config': ['scrapeConfig', 'text'],
  '--enable-feature': ['enableFeature', 'text'],
  '--rate': ['rate', 'number'],
  '--parts': ['parts', 'parts'],
  '--kubeconfig': ['kubeconfig', 'text'],
  '--prometheus-url': ['prometheusUrl', 'text'],
  '--prometheus-user': ['prometheusUser', 'text'],
  '--prometheus-password-file': ['prometheusPasswordFile', 'text'],
  '--prometheus-token-file': ['prometheusTokenFile', 'text'],
  '--prometheus-header': ['prometheusHeader', 'text'],
  '--prometheus-ca': ['prometheusCa', 'text'],
  '--jaeger-url': ['jaegerUrl', 'text'],
  '--tempo-url': ['tempoUrl', 'text'],
  '--traces-user': ['tracesUser', 'text'],
  '--traces-password-file': ['tracesPasswordFile', 'text'],
  '--traces-token-file': ['tracesTokenFile', 'text'],
  '--traces-header': ['tracesHeader', 'text'],
  '--traces-ca': ['tracesCa', 'text'],
  '--cors-origin': ['corsOrigin', 'text'],
};
const SWITCHES = { '--help': 'help', '-h': 'help', '--dev': 'dev', '--no-restart': 'noRestart', '--sign-in-link': 'signInLink' };

/** Parses the command line; returns {options} or {error: one sentence}. */
export function parseOptions(argv) {
  const options = { ...DEFAULTS, parts: PARTS, help: false, dev: false, noRestart: false, signInLink: false };
  for (let i = 0; i < argv.length; i++) {
    const [word, inline] = splitFlag(argv[i]);
    if (word in SWITCHES) {
      options[SWITCHES[word]] = true;
      continue;
    }
    const flag = FLAGS[word];
    if (flag === undefined) return { error: `Unknown option ${word}; "npm start -- --help" lists the options.` };
    const value = inline ?? argv[++i];
    if (value === undefined || value === '') return { error: `${word} needs a value; "npm start -- --help" explains it.` };
    const parsed = parseValue(word, flag[1], value);
    if (parsed.error !== undefined) return parsed;
    options[flag[0]] = parsed.value;
  }
  // In front of somebody else's mesh only the console runs, unless parts are named.
  if (options.kubeconfig !== undefined && options.parts === PARTS) options.parts = ['server', 'pages'];
  return { options };
}

function splitFlag(text) {
  const eq = text.indexOf('=');
  return text.startsWith('--') && eq !== -1 ? [text.slice(0, eq), text.slice(eq + 1)] : [text, undefined];
}

function parseValue(word, type, value) {
  if (type === 'text') return { value };
  if (type === 'parts') {
    const parts = value.split(',');
    const unknown = parts.find((p) => !PARTS.includes(p));
    return unknown === undefined ? { value: parts } : { error: `${word}: there is no part "${unknown}"; the parts are ${PARTS.join(', ')}.` };
  }
  if (type === 'portOrOff') return value === 'off' ? { value } : parseValue(word, 'port', value);
  const number = Number(value);
  if (type === 'port') return Number.isInteger(number) && number >= 0 && number <= 65535 ? { value: number } : { error: `${word} takes a port from 0 (any free one) to 65535, not "${value}".` };
  return Number.isFinite(number) && number > 0 ? { value: number } : { error: `${word} takes a number above 0, not "${value}".` };
}

export const HELP = `Binnacle: a console that sees and steers a service mesh, with a mesh of its own.

  npm start                 install what is missing, build what is stale, start everything
  npm start -- OPTIONS

Where things listen (127.0.0.1; 0 = any free port)
  --console-port ${DEFAULTS.consolePort}       the console: pages, /api, /prometheus
  --otlp-port ${DEFAULTS.otlpPort}          spans in: OTLP over HTTP
  --otlp-grpc-port ${DEFAULTS.otlpGrpcPort}     spans in: OTLP over gRPC; off = none
  --zipkin-port ${DEFAULTS.zipkinPort}        spans in: Zipkin's spans over HTTP; off = none
  --jaeger-grpc-port ${DEFAULTS.jaegerGrpcPort}  traces out: Jaeger's query API over gRPC, as Kiali asks for it; off = none
  --kube-port ${DEFAULTS.kubePort}          Kubernetes API (HTTPS)
  --xds-port ${DEFAULTS.xdsPort}          configuration and certificates for proxies (gRPC over TLS)
  --monitoring-port ${DEFAULTS.monitoringPort}   the control plane's /metrics and /debug/syncz
  --gateway-port ${DEFAULTS.gatewayPort}       the mesh's front door: the demo shop

What is kept
  --data-dir ${DEFAULTS.dataDir}      objects, certificates, metrics, spans, logs; delete it to start afresh
  --retention-hours ${DEFAULTS.retentionHours}       how long metrics and spans are kept
  --max-metrics-megabytes N most that metrics may take on disk (4096)
  --max-series N            most metric series at a time (500000)
  --out-of-order-minutes N  how late a sample may come (0: only in order)
  --scrape-seconds ${DEFAULTS.scrapeSeconds}        how often every proxy is asked for its metrics
  --scrape-config FILE      scrape these jobs too: the scrape_configs of a Prometheus configuration
  --enable-feature LIST     of Prometheus' feature flags, as promql-experimental-functions

What is started
  --parts LIST              some of: ${PARTS.join(',')}
                            e.g. --parts control           a control plane alone
                                 --parts server,pages      the console alone, against a running mesh
                                 --parts control,server,pages,gateway   everything but the demo
  --rate ${DEFAULTS.rate}                 requests per second of the load generator
  --no-restart              do not restart a part that dies
  --cors-origin PATTERN     pages of other origins that may read the Prometheus API (none)
  --dev                     pages with hot reload
  --sign-in-link            print a new one-time sign-in link for the running console, and end

In front of another mesh (only the console is started then)
  --kubeconfig FILE         the Kubernetes API to read and write
  --prometheus-url URL      read metrics there instead of scraping
  --prometheus-user NAME, --prometheus-password-file FILE, --prometheus-token-file FILE, --prometheus-header "NAME: VALUE",
  --prometheus-ca FILE      how to get in there
  --jaeger-url URL, --tempo-url URL  read traces there instead of receiving spans
  --traces-user NAME, --traces-password-file FILE, --traces-token-file FILE, --traces-header "NAME: VALUE", --traces-ca FILE
                            how to get in there

Any program joins the mesh with:  npm run mesh -- run --service NAME --version V --port P -- COMMAND
`;
