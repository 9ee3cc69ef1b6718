import { TELEMETRY_TYPE_URLS } from '#mesh-core/domain/envoy/telemetry.ts';
import type { AccessLogConfig, SubstitutionFormat } from '#mesh-core/domain/envoy/telemetry.ts';
import { TEXT_LOG_FORMAT } from '#mesh-core/domain/translate/telemetry-logging.ts';
import { compileJsonFormat, compileTextFormat } from './format-record.ts';
import type { LogFiles } from './log-files.ts';
import { compileExpression } from './request-attributes.ts';
import type { RequestRecord } from './request-record.ts';

/** Takes a finished request. */
export type RequestLogger = (record: RequestRecord) => void;

/** The loggers that a listener's configuration asks for; one whose filter is no expression logs nothing, as its filter never holds. */
export function requestLoggers(configs: readonly AccessLogConfig[], files: LogFiles): RequestLogger[] {
  return configs.flatMap(({ filter, typedConfig }) => {
    if (typedConfig['@type'] !== TELEMETRY_TYPE_URLS.fileAccessLog) return [];
    // Safe because the type URL says what the message is.
    const { path, logFormat } = typedConfig as unknown as { readonly path: string; readonly logFormat?: SubstitutionFormat };
    const format = formatOf(logFormat);
    const file = files.file(path);
    const text = filter?.extensionFilter.typedConfig['expression'];
    if (filter === undefined) return [(record: RequestRecord) => file.write(format(record))];
    const holds = typeof text === 'string' ? compileExpression(text) : undefined;
    return holds === undefined ? [] : [(record: RequestRecord) => {
      if (holds(record) === true) file.write(format(record));
    }];
  });
}

function formatOf({ textFormatSource, jsonFormat, omitEmptyValues = false }: SubstitutionFormat = {}): (record: RequestRecord) => string {
  return jsonFormat === undefined ? compileTextFormat(textFormatSource?.inlineString ?? TEXT_LOG_FORMAT, omitEmptyValues) : compileJsonFormat(jsonFormat, omitEmptyValues);
}
