import type { Telemetry } from '../../telemetry.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

/** IST0157: access logs without a provider, where the mesh has no default one. Source: telemetry/providers.go. */
export const telemetryProviders: Analyzer = {
  name: 'telemetry.ProviderAnalyzer',
  kinds: ['Telemetry'],
  analyze(input, report) {
    if ((input.meshConfig.defaultProviders?.accessLogging ?? []).length > 0) return;
    for (const object of input.subjects<Telemetry>('Telemetry')) {
      for (const [index, { disabled, providers = [] }] of (object.spec?.accessLogging ?? []).entries()) {
        if (disabled !== true && providers.length === 0) report(object, messages.invalidTelemetryProvider(object.metadata.name, object.metadata.namespace ?? ''), { path: `spec.accessLogging[${index}]` });
      }
    }
  },
};

/** IST0002: traces that go to Lightstep, which Istio no longer supports by itself. Source: telemetry/lightstep.go. */
export const lightstepProviders: Analyzer = {
  name: 'telemetry.LightstepAnalyzer',
  kinds: ['Telemetry'],
  analyze(input, report) {
    const names = (input.meshConfig.extensionProviders ?? []).flatMap(({ name, lightstep }) => (lightstep === undefined || name === undefined ? [] : [name]));
    for (const object of names.length === 0 ? [] : input.subjects<Telemetry>('Telemetry')) {
      for (const [index, { providers = [] }] of (object.spec?.tracing ?? []).entries()) {
        for (const { name = '' } of providers.filter((provider) => names.includes(provider.name ?? ''))) {
          report(object, messages.deprecated(`The Lightstep provider ${name} is deprecated, please migrate to OpenTelemetry provider.`), { path: `spec.tracing[${index}].providers` });
        }
      }
    }
  },
};
