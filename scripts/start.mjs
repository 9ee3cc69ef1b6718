// `npm start`: from a fresh clone to a running mesh and console. Plain JavaScript for the machine's own Node.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './lib/build.mjs';
import { ensurePortsFree, ensureWritable, freePort } from './lib/checks.mjs';
import { ensureInstalled, nodeTooOld, runtimeNode } from './lib/install.mjs';
import { HELP, parseOptions } from './lib/options.mjs';
import { Processes } from './lib/processes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
const startedAt = Date.now();
const say = (text) => console.log(`${`${((Date.now() - startedAt) / 1000).toFixed(1)} s`.padStart(7)}  ${text}`);
const fail = (message) => {
  console.error(`\n${message}`);
  process.exitCode = 1;
};

const { options, error } = parseOptions(process.argv.slice(2));
const tooOld = nodeTooOld();
if (error !== undefined) fail(error);
else if (options.help) console.log(HELP);
else if (tooOld !== undefined) fail(tooOld);
else await main().catch((problem) => fail(problem instanceof Error ? problem.message : String(problem)));

async function main() {
  const dataDir = resolve(root, options.dataDir);
  if (options.signInLink) {
    console.log(await newSignInLink(dataDir, readEndpoints(dataDir).console));
    return;
  }
  const has = (part) => options.parts.includes(part);
  ensureWritable(dataDir);
  await ensurePortsFree(wantedPorts(has));
  // A part that is started again must come back where it was; the gateway's port is part of its Service object besides.
  if (options.consolePort === 0) options.consolePort = await freePort();
  if (options.gatewayPort === 0) options.gatewayPort = await freePort();
  // Proxies are told where spans go before the console listens there.
  if (options.otlpPort === 0) options.otlpPort = await freePort();
  ensureInstalled(root, say);
  const node = runtimeNode(root);
  if (has('pages') && !options.dev) ensureBuilt(root, node, say);

  const processes = new Processes({
    root,
    node,
    logDir: join(dataDir, 'logs'),
    env: { BINNACLE_DATA_DIR: dataDir, NODE_COMPILE_CACHE: join(root, '.cache', 'compile'), NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: options.dev ? 'development' : 'production' },
    restart: !options.noRestart,
    onEvent: say,
  });
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    console.log('\nEnding every part …');
    await processes.stop();
    process.exit(process.exitCode ?? 0);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);
  try {
    await startParts(processes, dataDir, has);
  } catch (problem) {
    if (ending) return;
    fail(problem.message);
    await end();
  }
}

async function startParts(processes, dataDir, has) {
  const endpoints = { ...(has('control') ? {} : readEndpoints(dataDir)), dataDir };
  const publish = () => writeEndpoints(dataDir, { ...endpoints, pids: processes.pids() });
  processes.onRestart(publish);
  if (has('control')) {
    say('Starting the control plane');
    const args = ['mesh-core/bin/control.ts', '--data-dir', dataDir, '--kube-port', options.kubePort, '--xds-port', options.xdsPort, '--monitoring-port', options.monitoringPort, '--otlp-port', options.otlpPort, '--gateway-port', options.gatewayPort];
    Object.assign(endpoints, (await processes.start('control', args.map(String))).endpoints);
    publish();
  }
  const console_ = startConsole(processes, dataDir, has, endpoints);
  const mesh = startMesh(processes, dataDir, has, endpoints);
  await Promise.all([console_, mesh]);
  publish();
  if (has('load')) {
    say('Starting the load generator');
    Object.assign(endpoints, (await processes.start('load', ['mesh-core/bin/load.ts', '--url', endpoints.gateway, '--rate', String(options.rate)])).endpoints);
  }
  publish();
  await report(dataDir, has, endpoints);
}

async function startConsole(processes, dataDir, has, endpoints) {
  if (has('pages')) {
    say('Starting the pages');
    // The console is told where they are once: when they are started again, they must be there.
    Object.assign(endpoints, (await processes.start('pages', ['scripts/pages.mjs', '--port', String(await freePort()), ...(options.dev ? ['--dev'] : [])])).endpoints);
  }
  if (has('server')) {
    say('Starting the console');
    const args = ['server/main.ts', '--data-dir', dataDir, '--port', options.consolePort, '--otlp-port', options.otlpPort, '--otlp-grpc-port', options.otlpGrpcPort, '--zipkin-port', options.zipkinPort, '--jaeger-grpc-port', options.jaegerGrpcPort, '--retention-hours', options.retentionHours, '--scrape-seconds', options.scrapeSeconds];
    if (endpoints.pages !== undefined) args.push('--pages-url', endpoints.pages);
    if (options.kubeconfig !== undefined) args.push('--kubeconfig', resolve(options.kubeconfig));
    if (options.scrapeConfig !== undefined) args.push('--scrape-config', resolve(options.scrapeConfig));
    if (options.enableFeature !== undefined) args.push('--enable-feature', options.enableFeature);
    if (options.prometheusUrl !== undefined) args.push('--prometheus-url', options.prometheusUrl);
    for (const remote of ['prometheus', 'traces']) {
      for (const [name, key] of Object.entries({ user: 'User', header: 'Header' })) if (options[remote + key] !== undefined) args.push(`--${remote}-${name}`, options[remote + key]);
      for (const [name, key] of Object.entries({ 'password-file': 'PasswordFile', 'token-file': 'TokenFile', ca: 'Ca' })) if (options[remote + key] !== undefined) args.push(`--${remote}-${name}`, resolve(options[remote + key]));
    }
    for (const [name, value] of Object.entries({ 'max-metrics-megabytes': options.maxMetricsMegabytes, 'max-series': options.maxSeries, 'out-of-order-minutes': options.outOfOrderMinutes })) if (value !== undefined) args.push(`--${name}`, value);
    if (options.corsOrigin !== undefined) args.push('--cors-origin', options.corsOrigin);
    if (options.otlpCorsOrigin !== undefined) args.push('--otlp-cors-origin', options.otlpCorsOrigin);
    if (options.jaegerUrl !== undefined) args.push('--jaeger-url', options.jaegerUrl);
    if (options.tempoUrl !== undefined) args.push('--tempo-url', options.tempoUrl);
    Object.assign(endpoints, (await processes.start('server', args.map(String))).endpoints);
  }
}

async function startMesh(processes, dataDir, has, endpoints) {
  if (has('gateway')) {
    say('Starting the gateway');
    await processes.start('gateway', ['mesh-core/bin/mesh.ts', 'gateway', '--port', String(options.gatewayPort)]);
    endpoints.gateway = `http://127.0.0.1:${options.gatewayPort}`;
  }
  if (has('shop')) {
    say('Starting the demo shop');
    Object.assign(endpoints, (await processes.start('shop', ['mesh-core/bin/demo.ts', '--data-dir', dataDir, '--gateway-port', String(options.gatewayPort)], { readyMs: 120_000 })).endpoints);
  }
}

function wantedPorts(has) {
  return [
    ...(has('control')
      ? [
          { port: options.kubePort, flag: '--kube-port', what: 'Kubernetes API' },
          { port: options.xdsPort, flag: '--xds-port', what: 'proxy configuration' },
          { port: options.monitoringPort, flag: '--monitoring-port', what: 'control plane metrics' },
        ]
      : []),
    ...(has('server')
      ? [
          { port: options.consolePort, flag: '--console-port', what: 'console' },
          { port: options.otlpPort, flag: '--otlp-port', what: 'spans' },
          ...(options.otlpGrpcPort === 'off' ? [] : [{ port: options.otlpGrpcPort, flag: '--otlp-grpc-port', what: 'spans over gRPC' }]),
          ...(options.jaegerGrpcPort === 'off' ? [] : [{ port: options.jaegerGrpcPort, flag: '--jaeger-grpc-port', what: "Jaeger's gRPC API" }]),
          ...(options.zipkinPort === 'off' ? [] : [{ port: options.zipkinPort, flag: '--zipkin-port', what: 'spans of Zipkin' }]),
        ]
      : []),
    ...(has('gateway') ? [{ port: options.gatewayPort, flag: '--gateway-port', what: 'gateway' }] : []),
  ];
}

async function report(dataDir, has, endpoints) {
  const rows = [
    ['Console', endpoints.console, 'pages, /api, /prometheus/api/v1'],
    ['Shop', endpoints.gateway, 'through the mesh gateway'],
    ['Kubernetes API', endpoints.kube, `kubectl --kubeconfig ${join(dataDir, 'kubeconfig')} get virtualservices -A`],
    ['Spans in', endpoints.otlp, 'OTLP over HTTP'],
    ['', endpoints.otlpGrpc, 'OTLP over gRPC'],
    ['', endpoints.zipkin, "Zipkin's spans"],
    ['Traces out', endpoints.jaegerGrpc, "Jaeger's query API over gRPC; over HTTP it is at /jaeger of the console"],
    ['Proxy config', endpoints.xds, 'xDS and certificates, gRPC over TLS'],
    ['Control plane', endpoints.monitoring, '/metrics, /debug/syncz'],
    ['Data and logs', dataDir, 'logs/<part>.log'],
  ].filter(([, where]) => where !== undefined);
  const wide = Math.max(...rows.map(([, where]) => where.length));
  say('Binnacle is up. Ctrl-C ends it.\n');
  for (const [what, where, note] of rows) console.log(`  ${what.padEnd(15)} ${where.padEnd(wide)}  ${note}`);
  if (has('server')) console.log(`\n  Sign in (works once, within the hour):\n  ${await newSignInLink(dataDir, endpoints.console)}\n`);
}

async function newSignInLink(dataDir, consoleUrl) {
  if (consoleUrl === undefined) throw new Error(`No console is running on the data directory ${dataDir}; start it with "npm start".`);
  const token = readFileSync(join(dataDir, 'server', 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${consoleUrl}/api/sign-in-links`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{}' }).catch(() => undefined);
  if (answer === undefined) throw new Error(`The console at ${consoleUrl} does not answer; start it with "npm start".`);
  if (!answer.ok) throw new Error(`The console refused a sign-in link (${answer.status}): ${await answer.text()}`);
  return (await answer.json()).url;
}

function readEndpoints(dataDir) {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'run', 'endpoints.json'), 'utf8'));
  } catch {
    return {};
  }
}

function writeEndpoints(dataDir, endpoints) {
  const file = join(dataDir, 'run', 'endpoints.json');
  mkdirSync(join(dataDir, 'run'), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(endpoints, null, 2), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
