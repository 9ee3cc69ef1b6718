import { TELEMETRY_TYPE_URLS } from '../envoy/telemetry.ts';
import type { AccessLogConfig, SubstitutionFormat } from '../envoy/telemetry.ts';
import type { TelemetryAccessLogging } from '../resources/telemetry.ts';
import { BUILT_IN_PROVIDERS, providerNamed } from './mesh-providers.ts';
import type { FileAccessLogProvider } from './mesh-providers.ts';
import type { MeshSettings } from './mesh-snapshot.ts';
import { coversSide, providerNames } from './telemetry-scope.ts';
import type { TelemetrySide } from './telemetry-scope.ts';

/** Istio's line. Source: istiod's EnvoyTextLogFormat. */
export const TEXT_LOG_FORMAT =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% ' +
  '"%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ' +
  '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n';

/** Istio's labels of a line in JSON. Source: istiod's EnvoyJSONLogFormatIstio. */
export const JSON_LOG_FORMAT: Readonly<Record<string, string>> = {
  start_time: '%START_TIME%',
  route_name: '%ROUTE_NAME%',
  method: '%REQ(:METHOD)%',
  path: '%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%',
  protocol: '%PROTOCOL%',
  response_code: '%RESPONSE_CODE%',
  response_flags: '%RESPONSE_FLAGS%',
  response_code_details: '%RESPONSE_CODE_DETAILS%',
  connection_termination_details: '%CONNECTION_TERMINATION_DETAILS%',
  bytes_received: '%BYTES_RECEIVED%',
  bytes_sent: '%BYTES_SENT%',
  duration: '%DURATION%',
  upstream_service_time: '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%',
  x_forwarded_for: '%REQ(X-FORWARDED-FOR)%',
  user_agent: '%REQ(USER-AGENT)%',
  request_id: '%REQ(X-REQUEST-ID)%',
  authority: '%REQ(:AUTHORITY)%',
  upstream_host: '%UPSTREAM_HOST%',
  upstream_cluster: '%UPSTREAM_CLUSTER_RAW%',
  upstream_local_address: '%UPSTREAM_LOCAL_ADDRESS%',
  downstream_local_address: '%DOWNSTREAM_LOCAL_ADDRESS%',
  downstream_remote_address: '%DOWNSTREAM_REMOTE_ADDRESS%',
  requested_server_name: '%REQUESTED_SERVER_NAME%',
  upstream_transport_failure_reason: '%UPSTREAM_TRANSPORT_FAILURE_REASON%',
};
const STDOUT = '/dev/stdout';
/** The provider that MeshConfig's accessLogFile, -Format and -Encoding describe. */
const MESH_CONFIG_PROVIDER = 'envoy';

/** Where a listener logs its requests; empty = nowhere. Source: istiod's mergeLogs and accesslog builder. */
export function accessLogsOf(levels: readonly (readonly TelemetryAccessLogging[])[], mesh: MeshSettings, side: TelemetrySide): AccessLogConfig[] {
  const merged = mergeLogs(levels, mesh.defaultProviders?.accessLogging ?? [], side);
  const known = [...(mesh.extensionProviders ?? []), ...BUILT_IN_PROVIDERS];
  const configured = [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, spec]) => {
    const provider = providerNamed(known, name);
    return provider?.envoyFileAccessLog === undefined ? [] : [{ name: provider.name, file: provider.envoyFileAccessLog, ...spec }];
  });
  if (configured.length === 0) {
    const path = mesh.accessLogFile ?? '';
    return path === '' ? [] : [fileLog(path, meshFormat(mesh))];
  }
  return configured.flatMap(({ name, file, disabled, expression }) => {
    if (disabled) return [];
    const isMeshConfig = name === MESH_CONFIG_PROVIDER && file.logFormat === undefined && file.omitEmptyValues !== true;
    return [fileLog(file.path === undefined || file.path === '' ? STDOUT : file.path, isMeshConfig ? meshFormat(mesh) : providerFormat(file), expression)];
  });
}

interface LogSpec {
  readonly disabled: boolean;
  readonly expression: string | undefined;
}

function mergeLogs(levels: readonly (readonly TelemetryAccessLogging[])[], defaults: readonly string[], side: TelemetrySide): Map<string, LogSpec> {
  const merged = new Map<string, LogSpec>();
  if (levels.length === 0) {
    for (const name of defaults) merged.set(name, { disabled: false, expression: undefined });
    return merged;
  }
  const filters = new Map<string, string | undefined>();
  let inScope: ReadonlySet<string> = new Set(defaults);
  for (const level of levels) {
    const names = new Set<string>();
    for (const { match, providers, filter } of level) {
      if (!coversSide(match?.mode, side)) continue;
      for (const name of providerNames(providers)) {
        names.add(name);
        filters.set(name, filter?.expression);
      }
    }
    if (names.size > 0) inScope = names;
  }
  let parent = defaults;
  for (const { match, providers, disabled } of levels.flat()) {
    const names = providerNames(providers);
    parent = names.length === 0 ? parent : names;
    for (const name of parent) {
      if (inScope.has(name) && coversSide(match?.mode, side)) merged.set(name, disabled === true ? { disabled: true, expression: undefined } : { disabled: false, expression: filters.get(name) });
    }
  }
  return merged;
}

function fileLog(path: string, logFormat: SubstitutionFormat, expression?: string): AccessLogConfig {
  return {
    name: 'envoy.access_loggers.file',
    ...(expression === undefined || expression === '' ? undefined : { filter: { extensionFilter: { name: 'envoy.access_loggers.extension_filters.cel', typedConfig: { '@type': TELEMETRY_TYPE_URLS.celFilter, expression } } } }),
    typedConfig: { '@type': TELEMETRY_TYPE_URLS.fileAccessLog, path, logFormat },
  };
}

function meshFormat({ accessLogEncoding, accessLogFormat = '' }: MeshSettings): SubstitutionFormat {
  return accessLogEncoding === 'JSON' ? { jsonFormat: jsonLabels(accessLogFormat) } : textFormat(accessLogFormat);
}

function providerFormat({ logFormat, omitEmptyValues }: FileAccessLogProvider): SubstitutionFormat {
  const labels = logFormat?.labels;
  const format = labels === undefined ? textFormat(logFormat?.text ?? '') : { jsonFormat: Object.keys(labels).length === 0 ? JSON_LOG_FORMAT : labels };
  return omitEmptyValues === true ? { ...format, omitEmptyValues } : format;
}

function textFormat(text: string): SubstitutionFormat {
  return { textFormatSource: { inlineString: text === '' ? TEXT_LOG_FORMAT : text.endsWith('\n') ? text : `${text}\n` } };
}

/** A format that is no JSON object is as none. */
function jsonLabels(text: string): Readonly<Record<string, unknown>> {
  if (text === '') return JSON_LOG_FORMAT;
  try {
    const labels: unknown = JSON.parse(text);
    return typeof labels === 'object' && labels !== null && !Array.isArray(labels) ? { ...labels } : JSON_LOG_FORMAT;
  } catch {
    return JSON_LOG_FORMAT;
  }
}
