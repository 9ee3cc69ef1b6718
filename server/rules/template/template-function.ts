import type { SAMPLE, GoStruct, TemplateValue } from './template-value.ts';

/** Go types that functions ask for; `value` takes anything, also what is missing; `any` takes anything. */
export type ParameterType = 'string' | 'value' | 'any' | typeof SAMPLE | 'template.queryResult';

/** A function that templates may call. `call` throws an Error with the message that Go would give. */
export interface TemplateFunction {
  readonly takes: readonly ParameterType[];
  /** The type of further arguments. */
  readonly more?: ParameterType;
  readonly call: (args: readonly TemplateValue[]) => TemplateValue;
}

/* The casts are safe because the runner has checked every argument against `takes`. */

/** A function of texts. */
export function ofTexts(count: number, call: (...texts: string[]) => TemplateValue): TemplateFunction {
  return { takes: Array.from({ length: count }, () => 'string' as const), call: (args) => call(...(args as string[])) };
}

/** A function of one value of any type. */
export function ofAny(call: (value: TemplateValue) => TemplateValue): TemplateFunction {
  return { takes: ['any'], call: ([value]) => call(value) };
}

/** The fields of an argument of type `*template.sample`. */
export function asSample(value: TemplateValue): GoStruct {
  return value as GoStruct;
}

/** An argument of type `template.queryResult`. */
export function asSamples(value: TemplateValue): readonly GoStruct[] {
  return value as readonly GoStruct[];
}

/** An argument of type string. */
export function asText(value: TemplateValue): string {
  return value as string;
}
