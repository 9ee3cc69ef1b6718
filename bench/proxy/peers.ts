import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestAuthority } from '#mesh-core/proxy/testing/test-authority.ts';
import { freePorts } from '#mesh-core/runtime/free-ports.ts';
import { installed, start, together, untilListening } from './children.ts';
import type { Running } from './children.ts';

/** A pair of proxies between the load and the origin: plain to the first, mutual TLS between them, plain to the origin. */
export type Pair = Running & { readonly name: string; readonly port: number };

const BODY = 'hello from the origin';

/** The origin that all pairs share: nginx with one worker, answering small GETs out of its memory. */
export async function startOrigin(): Promise<Running & { readonly port: number }> {
  const [port = 0] = await freePorts(1);
  const nginx = required('nginx');
  const folder = mkdtempSync(join(tmpdir(), 'bench-origin-'));
  writeFileSync(join(folder, 'nginx.conf'), nginxConf(folder, `server { listen 127.0.0.1:${port} backlog=4096; location / { default_type text/plain; return 200 "${BODY}"; } }`));
  const running = inFolder(start(nginx, ['-e', 'stderr', '-c', join(folder, 'nginx.conf')]), folder);
  await untilListening(port);
  return { ...running, port };
}

/** nginx on both sides, one worker each, with kept connections and TLS sessions. */
export async function startNginxPair(authority: TestAuthority, originPort: number): Promise<Pair> {
  const nginx = required('nginx');
  const [outer = 0, inner = 0] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'));
  await writeCertificates(authority, folder);
  const client = `upstream server { server 127.0.0.1:${inner}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server { listen 127.0.0.1:${outer} backlog=4096; location / { proxy_pass https://server; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_ssl_certificate ${folder}/client.crt; proxy_ssl_certificate_key ${folder}/client.key; proxy_ssl_trusted_certificate ${folder}/root.crt; proxy_ssl_verify on; proxy_ssl_name server.test; proxy_ssl_protocols TLSv1.3; } }`;
  const server = `upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 1000000000; keepalive_timeout 3600s; }
  server { listen 127.0.0.1:${inner} ssl backlog=4096; ssl_certificate ${folder}/server.crt; ssl_certificate_key ${folder}/server.key; ssl_client_certificate ${folder}/root.crt; ssl_verify_client on; ssl_protocols TLSv1.3;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; } }`;
  writeFileSync(join(folder, 'client.conf'), nginxConf(folder, client));
  writeFileSync(join(folder, 'server.conf'), nginxConf(folder, server));
  const parts = ['client', 'server'].map((side) => start(nginx, ['-e', 'stderr', '-c', join(folder, `${side}.conf`), '-g', `pid ${folder}/${side}.pid;`]));
  await untilListening(outer);
  await untilListening(inner);
  return { ...inFolder(together(parts), folder), name: 'nginx', port: outer };
}

/** HAProxy on both sides, one thread each. */
export async function startHaproxyPair(authority: TestAuthority, originPort: number): Promise<Pair | undefined> {
  const haproxy = installed('haproxy');
  if (haproxy === undefined) return undefined;
  const [outer = 0, inner = 0] = await freePorts(2);
  const folder = mkdtempSync(join(tmpdir(), 'bench-haproxy-'));
  await writeCertificates(authority, folder);
  const common = 'global\n  nbthread 1\n  maxconn 4000\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n  option http-keep-alive\n  http-reuse always\n';
  writeFileSync(join(folder, 'client.cfg'), `${common}frontend in\n  bind 127.0.0.1:${outer}\n  default_backend server\nbackend server\n  server a 127.0.0.1:${inner} ssl crt ${folder}/client.pem ca-file ${folder}/root.crt verify required verifyhost server.test ssl-min-ver TLSv1.3\n`);
  writeFileSync(join(folder, 'server.cfg'), `${common}frontend in\n  bind 127.0.0.1:${inner} ssl crt ${folder}/server.pem ca-file ${folder}/root.crt verify required ssl-min-ver TLSv1.3\n  default_backend origin\nbackend origin\n  server a 127.0.0.1:${originPort}\n`);
  const parts = ['client', 'server'].map((side) => start(haproxy, ['-db', '-q', '-f', join(folder, `${side}.cfg`)]));
  await untilListening(outer);
  await untilListening(inner);
  return { ...inFolder(together(parts), folder), name: 'HAProxy', port: outer };
}

function required(name: string): string {
  const path = installed(name);
  if (path === undefined) throw new Error(`${name} is not installed (apt-get install wrk nginx haproxy); this benchmark compares with it`);
  return path;
}

function nginxConf(folder: string, body: string): string {
  const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  const pid = body.includes('upstream') ? '' : `pid ${folder}/nginx.pid;`;
  return `daemon off; master_process off; worker_processes 1; ${pid} worker_rlimit_nofile 50000; events { worker_connections 24000; } http { access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s; ${temp}\n${body} }\n`;
}

async function writeCertificates(authority: TestAuthority, folder: string): Promise<void> {
  writeFileSync(join(folder, 'root.crt'), authority.rootPem);
  for (const side of ['client', 'server']) {
    const { keyPem, certPem } = await authority.issue([{ type: 'dns', value: `${side}.test` }]);
    writeFileSync(join(folder, `${side}.crt`), certPem);
    writeFileSync(join(folder, `${side}.key`), keyPem);
    writeFileSync(join(folder, `${side}.pem`), certPem + keyPem);
  }
}

function inFolder(running: Running, folder: string): Running {
  return {
    pids: running.pids,
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
