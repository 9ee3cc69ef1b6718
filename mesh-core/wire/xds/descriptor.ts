import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { CERTIFICATE_SERVICE_DESCRIPTOR } from './certificate-descriptor.ts';

/**
 * The reflected protobuf types of Envoy's v3 API, from the real .proto files inside the npm package
 * @grpc/grpc-js-xds, plus Istio's certificate service.
 *
 *   .proto files ── parse (~100 ms) ──► Root ── JSON ──► .cache/xds-descriptor-<hash>.json ── (~30 ms) ──► Root
 *
 * Only what the mesh speaks is loaded. Annotations (validation rules, deprecation marks) are left out: they carry
 * options, not fields, and are most of the parse time.
 */
const ROOT_FILES = [
  'envoy/service/discovery/v3/ads.proto',
  'envoy/config/cluster/v3/cluster.proto',
  'envoy/config/endpoint/v3/endpoint.proto',
  'envoy/config/listener/v3/listener.proto',
  'envoy/config/route/v3/route.proto',
  'envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto',
  'envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.proto',
  'envoy/extensions/filters/network/rbac/v3/rbac.proto',
  'envoy/extensions/filters/network/sni_cluster/v3/sni_cluster.proto',
  'envoy/extensions/filters/http/rbac/v3/rbac.proto',
  'envoy/extensions/filters/network/rbac/v3/rbac.proto',
  'envoy/extensions/filters/network/ext_authz/v3/ext_authz.proto',
  'envoy/extensions/filters/http/ext_authz/v3/ext_authz.proto',
  'envoy/extensions/filters/http/jwt_authn/v3/config.proto',
  'envoy/service/auth/v3/external_auth.proto',
  'envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit.proto',
  'envoy/extensions/rate_limit_descriptors/expr/v3/expr.proto',
  'envoy/extensions/filters/http/fault/v3/fault.proto',
  'envoy/extensions/filters/http/cors/v3/cors.proto',
  'envoy/extensions/filters/http/router/v3/router.proto',
  'envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector.proto',
  'envoy/extensions/filters/listener/http_inspector/v3/http_inspector.proto',
  'envoy/extensions/transport_sockets/tls/v3/tls.proto',
  'envoy/extensions/transport_sockets/raw_buffer/v3/raw_buffer.proto',
  'envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol.proto',
  'envoy/extensions/clusters/dynamic_forward_proxy/v3/cluster.proto',
  'envoy/extensions/retry/host/previous_hosts/v3/previous_hosts.proto',
  'envoy/extensions/retry/priority/previous_priorities/v3/previous_priorities_config.proto',
  'envoy/extensions/upstreams/http/v3/http_protocol_options.proto',
  'envoy/extensions/path/match/uri_template/v3/uri_template_match.proto',
  'envoy/extensions/access_loggers/file/v3/file.proto',
  'envoy/extensions/access_loggers/filters/cel/v3/cel.proto',
  'envoy/config/trace/v3/opentelemetry.proto',
  'xds/type/v3/typed_struct.proto',
  'udpa/type/v1/typed_struct.proto',
  'google/protobuf/struct.proto',
  'google/protobuf/wrappers.proto',
  'google/protobuf/duration.proto',
  'google/protobuf/timestamp.proto',
  'google/protobuf/empty.proto',
];
const PROTO_FOLDERS = ['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'];
const LEFT_OUT = /^(validate\/|udpa\/annotations\/|xds\/annotations\/|envoy\/annotations\/|google\/protobuf\/descriptor\.proto$)/;
/** Raise when the shape of the cached file changes. */
const CACHE_FORMAT = 1;

/** Where descriptors are cached: `.cache/` of the repository. */
export const DESCRIPTOR_CACHE_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '.cache');

let loaded: protobuf.Root | undefined;

/** The types, loaded on first use and kept for the process. Throws when @grpc/grpc-js-xds is not installed. */
export function xdsRoot(): protobuf.Root {
  loaded ??= loadXdsRoot(DESCRIPTOR_CACHE_FOLDER);
  return loaded;
}

/**
 * Loads the types from the cache in `cacheFolder`, or from the .proto files (and then writes the cache, atomically). A cache
 * that is damaged is rebuilt; a folder that cannot be written only costs the time.
 */
export function loadXdsRoot(cacheFolder: string): protobuf.Root {
  const packageFile = createRequire(import.meta.url).resolve('@grpc/grpc-js-xds/package.json');
  const file = join(cacheFolder, `xds-descriptor-${cacheKey(readFileSync(packageFile, 'utf8'))}.json`);
  const cached = readCache(file);
  if (cached !== undefined) return cached;
  const root = parseProtos(join(dirname(packageFile), 'deps'));
  writeCache(file, root);
  return root;
}

function cacheKey(packageJson: string): string {
  return createHash('sha256').update(JSON.stringify([CACHE_FORMAT, packageJson, ROOT_FILES, CERTIFICATE_SERVICE_DESCRIPTOR])).digest('hex').slice(0, 16);
}

function readCache(file: string): protobuf.Root | undefined {
  try {
    const descriptor = JSON.parse(readFileSync(file, 'utf8')) as protobuf.INamespace;
    const root = protobuf.Root.fromJSON(descriptor);
    root.resolveAll();
    return root;
  } catch {
    // Absent, half-written by an older version, or of another shape: parse the .proto files instead.
    return undefined;
  }
}

function parseProtos(depsFolder: string): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (LEFT_OUT.test(target)) return null;
    const name = target.startsWith(depsFolder + sep) ? target : PROTO_FOLDERS.map((folder) => join(depsFolder, folder, target)).find((path) => existsSync(path));
    if (name !== undefined) return name;
    // google/protobuf/*.proto come with protobufjs itself under their bare names.
    return target;
  };
  root.loadSync(ROOT_FILES, { keepCase: true });
  root.addJSON(CERTIFICATE_SERVICE_DESCRIPTOR);
  root.resolveAll();
  return root;
}

function writeCache(file: string, root: protobuf.Root): void {
  const temporary = `${file}.${process.pid}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(temporary, JSON.stringify(withoutCustomOptions(root.toJSON())));
    renameSync(temporary, file);
  } catch {
    // A read-only checkout works without a cache; only a file that was begun is taken away again.
    if (existsSync(temporary)) rmSync(temporary, { force: true });
  }
}

/** Drops options such as "(validate.rules)…": nothing here reads them and they are half of the file. */
function withoutCustomOptions(node: unknown): unknown {
  if (Array.isArray(node) || typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !key.startsWith('('))
      .map(([key, value]) => [key, withoutCustomOptions(value)]),
  );
}
