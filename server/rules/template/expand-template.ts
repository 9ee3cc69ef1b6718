import type { Labels } from '#server/timeseries/storage.ts';
import { BUILTIN_FUNCTIONS } from './builtin-functions.ts';
import { parseTemplate } from './parse-template.ts';
import { prometheusFunctions, type TemplateContext } from './prometheus-functions.ts';
import { runTemplate } from './run-template.ts';
import { TemplateError } from './template-error.ts';
import { GoStruct, type TemplateValue } from './template-value.ts';

/** What a template of an alert is about. */
export interface AlertTemplateData {
  readonly labels: Labels;
  readonly externalLabels: Labels;
  readonly externalUrl: string;
  readonly value: TemplateValue;
}

/** The short names every template of a rule may use; in one line, so that lines and columns are those of Prometheus. */
const DEFINITIONS = '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const NO_CONTEXT: TemplateContext = { now: 0, externalUrl: '', query: () => [] };
const FUNCTION_NAMES: ReadonlySet<string> = new Set(['and', 'or', ...Object.keys(BUILTIN_FUNCTIONS), ...Object.keys(prometheusFunctions(NO_CONTEXT))]);

/**
 * Expands a label or annotation of the alert `alertName`. Throws TemplateError with Prometheus' text, which stands after
 * `error expanding template: `. Source: rules/alerting.go (Eval), template/template.go (Expand).
 */
export function expandTemplate(alertName: string, text: string, data: AlertTemplateData, context: TemplateContext): string {
  // Most labels are plain words.
  if (!text.includes('{{')) return text;
  const name = templateName(alertName);
  const dot = new GoStruct('struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }', {
    Labels: new Map(Object.entries(data.labels)),
    ExternalLabels: new Map(Object.entries(data.externalLabels)),
    ExternalURL: data.externalUrl,
    Value: data.value,
  });
  const parsed = attempt(`error parsing template ${name}: `, () => parseTemplate(name, DEFINITIONS + text, FUNCTION_NAMES));
  return attempt(`error executing template ${name}: `, () => runTemplate(parsed, dot, { ...BUILTIN_FUNCTIONS, ...prometheusFunctions(context) }));
}

/** What is wrong with the form of a template; undefined when it can be read. Source: model/rulefmt (testTemplateParsing). */
export function checkTemplate(alertName: string, text: string): string | undefined {
  try {
    parseTemplate(templateName(alertName), DEFINITIONS + text, FUNCTION_NAMES);
    return undefined;
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

function templateName(alertName: string): string {
  return `__alert_${alertName}`;
}

function attempt<T>(prefix: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`${prefix}${error.message}`, { cause: error });
    throw error;
  }
}
