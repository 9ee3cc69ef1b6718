import { parse } from '@marcbachmann/cel-js';

import { joinPath } from './field-issue.ts';
import type { IssueSink } from './field-issue.ts';
import { checkAttachment } from './rules/target-rules.ts';
import type { MetricsOverride, ProviderRef, TelemetrySpec, TracingTag } from './telemetry.ts';

/** istiod's rules for a Telemetry. Source: istio/istio pkg/config/validation/validation.go (ValidateTelemetry). */
export function validateTelemetry(spec: TelemetrySpec, issues: IssueSink): void {
  checkAttachment(spec, issues);
  checkTracing(spec, issues);
  for (const [index, metrics] of (spec.metrics ?? []).entries()) {
    const path = joinPath('spec.metrics', index);
    checkProviders(metrics.providers, path, issues);
    for (const [overrideIndex, override] of (metrics.overrides ?? []).entries()) checkOverride(override, joinPath(`${path}.overrides`, overrideIndex), issues);
  }
  for (const [index, logging] of (spec.accessLogging ?? []).entries()) {
    const path = joinPath('spec.accessLogging', index);
    checkProviders(logging.providers, path, issues);
    const problem = logging.filter === undefined ? undefined : celProblem(logging.filter.expression ?? '');
    if (problem !== undefined) issues.error(`${path}.filter.expression`, `must be a valid CEL expression, ${problem}`, { expected: 'an expression such as response.code >= 400' });
  }
}

function checkTracing({ tracing = [] }: TelemetrySpec, issues: IssueSink): void {
  if (tracing.length > 1) issues.warn('spec.tracing', 'multiple tracing is not currently supported', { expected: 'one entry', code: 'IST0133' });
  for (const [index, entry] of tracing.entries()) {
    const path = joinPath('spec.tracing', index);
    if ((entry.providers?.length ?? 0) > 1) issues.warn(`${path}.providers`, 'multiple providers is not currently supported', { expected: 'one provider', code: 'IST0133' });
    checkProviders(entry.providers, path, issues);
    const { randomSamplingPercentage: share = 0 } = entry;
    if (share < 0 || share > 100) issues.error(`${path}.randomSamplingPercentage`, 'randomSamplingPercentage must be in range [0.0, 100.0]', { expected: '0 to 100' });
    for (const [name, tag] of Object.entries(entry.customTags ?? {})) checkTag(name, tag, joinPath(`${path}.customTags`, name), issues);
  }
}

function checkTag(name: string, tag: TracingTag, path: string, issues: IssueSink): void {
  if (name === '') issues.error(path, 'tag name may not be empty', { expected: 'a name' });
  if (tag.literal !== undefined && (tag.literal.value ?? '') === '') issues.error(`${path}.literal.value`, 'literal tag value may not be empty', { expected: 'a text' });
  if (tag.header !== undefined && (tag.header.name ?? '') === '') issues.error(`${path}.header.name`, 'header tag name may not be empty', { expected: 'a header name' });
  if (tag.environment !== undefined && (tag.environment.name ?? '') === '') issues.error(`${path}.environment.name`, 'environment tag name may not be empty', { expected: 'a variable' });
}

function checkOverride({ match, tagOverrides = {} }: MetricsOverride, path: string, issues: IssueSink): void {
  for (const [name, { operation = 'UPSERT', value = '' }] of Object.entries(tagOverrides)) {
    const place = joinPath(`${path}.tagOverrides`, name);
    if (name === '') issues.warn(place, 'tagOverrides.name may not be empty', { expected: 'a name', code: 'IST0133' });
    if (operation === 'UPSERT' && value === '') issues.error(`${place}.value`, 'tagOverrides.value must be set when operation is UPSERT', { expected: 'a CEL expression' });
    if (operation === 'REMOVE' && value !== '') issues.error(`${place}.value`, 'tagOverrides.value may only be set when operation is UPSERT', { expected: 'no value' });
  }
  if (match?.customMetric === '') issues.error(`${path}.match.customMetric`, 'customMetric may not be empty', { expected: 'a metric name' });
}

function checkProviders(providers: readonly ProviderRef[] | undefined, path: string, issues: IssueSink): void {
  for (const [index, { name = '' }] of (providers ?? []).entries()) {
    if (name === '') issues.error(`${joinPath(`${path}.providers`, index)}.name`, 'providers.name may not be empty', { expected: 'a provider of the mesh configuration' });
  }
}

/** What is wrong with the syntax of an expression, or undefined; whether its names exist is found out when it runs. */
function celProblem(expression: string): string | undefined {
  if (expression.trim() === '') return 'the expression is empty';
  try {
    parse(expression);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
