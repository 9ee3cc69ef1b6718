/**
 * A small declarative description of a YAML object: what a CustomResourceDefinition says of it. It serves validation,
 * completion in the editor and the API description, so every field has a help text. What istiod checks beyond it lives
 * in `validate-*.ts`.
 */
interface Described {
  /** One sentence for a person who edits the field. */
  readonly help: string;
  /** Is an explicit null accepted (protobuf wrapper types)? */
  readonly nullable?: boolean;
  /** Checked once the whole object has the right structure, as an API server does with CEL rules. */
  readonly rules?: readonly SchemaRule[];
}
/** A rule about one value that its structure cannot say: a CRD's CEL rule. */
export interface SchemaRule {
  /** What the API server answers when it does not hold. */
  readonly message: string;
  holds(value: unknown): boolean;
}
export interface ObjectSchema extends Described {
  readonly kind: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Of each group at most one field may be present. */
  readonly exclusive?: readonly (readonly string[])[];
}
export interface ArraySchema extends Described {
  readonly kind: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** Fields of an item that no two items may have alike: the list is a map by them. */
  readonly keys?: readonly string[];
  /** No two items may be equal. */
  readonly unique?: boolean;
}
export interface MapSchema extends Described {
  readonly kind: 'map';
  readonly values: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
}
export interface StringSchema extends Described {
  readonly kind: 'string';
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** What the pattern wants, in words. */
  readonly patternHelp?: string;
  /** Base64 of bytes. */
  readonly base64?: boolean;
}
export interface NumberSchema extends Described {
  readonly kind: 'int' | 'number';
  readonly min?: number;
  readonly max?: number;
}
export interface BooleanSchema extends Described {
  readonly kind: 'bool';
}
export interface EnumSchema extends Described {
  readonly kind: 'enum';
  /** Value → what it means. */
  readonly values: Readonly<Record<string, string>>;
}
export interface DurationSchema extends Described {
  readonly kind: 'duration';
  /** `positive`: at least 1 ms; `any`: any Go duration. */
  readonly range: 'positive' | 'any';
}
export interface IntOrStringSchema extends Described {
  readonly kind: 'int-or-string';
}
export interface AnySchema extends Described {
  readonly kind: 'any';
  /** It must be an object, with whatever fields. */
  readonly object?: boolean;
}
export type Schema = ObjectSchema | ArraySchema | MapSchema | StringSchema | NumberSchema | BooleanSchema | EnumSchema | DurationSchema | IntOrStringSchema | AnySchema;

const INT32 = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const UINT32 = { min: 0, max: 2 ** 32 - 1 };

// Builders: the help text first, then what distinguishes the field.

/** An object with these fields; others are reported. */
export function object(help: string, fields: ObjectSchema['fields'], rules: Pick<ObjectSchema, 'required' | 'exclusive'> = {}): ObjectSchema {
  return { kind: 'object', help, fields, ...rules };
}
/** A list of one schema. */
export function list(help: string, items: Schema, limits: Pick<ArraySchema, 'minItems' | 'maxItems' | 'keys' | 'unique'> = {}): ArraySchema {
  return { kind: 'array', help, items, ...limits };
}
/** An object with any keys and values of one schema. */
export function map(help: string, values: Schema, limits: Pick<MapSchema, 'minItems' | 'maxItems'> = {}): MapSchema {
  return { kind: 'map', help, values, ...limits };
}
/** A text. */
export function string(help: string, limits: Pick<StringSchema, 'minLength' | 'maxLength' | 'pattern' | 'patternHelp' | 'base64'> = {}): StringSchema {
  return { kind: 'string', help, ...limits };
}
/** A list of plain strings; `item` says what one of them is. */
export function strings(help: string, item = 'One value.', limits: Pick<ArraySchema, 'minItems' | 'maxItems' | 'unique'> = {}): ArraySchema {
  return list(help, string(item), limits);
}
/** A whole number, of 32 bits unless bounds are given. */
export function int(help: string, limits: Pick<NumberSchema, 'min' | 'max'> = INT32): NumberSchema {
  return { kind: 'int', help, ...limits };
}
/** A whole number from 0 to 2³²−1 unless bounds are given. */
export function uint(help: string, limits: Pick<NumberSchema, 'min' | 'max'> = {}): NumberSchema {
  return { kind: 'int', help, ...UINT32, ...limits };
}
/** A number, fractions too. */
export function number(help: string, limits: Pick<NumberSchema, 'min' | 'max'> = {}): NumberSchema {
  return { kind: 'number', help, ...limits };
}
/** True or false. */
export function bool(help: string): BooleanSchema {
  return { kind: 'bool', help };
}
/** One of a few words. */
export function oneOf(help: string, values: EnumSchema['values']): EnumSchema {
  return { kind: 'enum', help, values };
}
/** A Go duration such as `1.5s`; `range` says whether 0 and less are taken. */
export function duration(help: string, range: DurationSchema['range'] = 'positive'): DurationSchema {
  return { kind: 'duration', help, range };
}
/** A number or a text, as `targetPort` is. */
export function intOrString(help: string): IntOrStringSchema {
  return { kind: 'int-or-string', help };
}
/** An object whose fields are not looked into. */
export function freeForm(help: string): AnySchema {
  return { kind: 'any', help, object: true };
}
/** Anything: not looked into. */
export function any(help: string): AnySchema {
  return { kind: 'any', help };
}
/** The same schema under another help text, for a type that is used in several places. */
export function as<S extends Schema>(help: string, schema: S): S {
  return { ...schema, help };
}
/** The same schema, also accepting null. */
export function orNull<S extends Schema>(schema: S): S {
  return { ...schema, nullable: true };
}
/** The same schema with rules beside its own. */
export function withRules<S extends Schema>(schema: S, ...rules: readonly SchemaRule[]): S {
  return { ...schema, rules: [...(schema.rules ?? []), ...rules] };
}
/** A rule about a value of a known type. Safe to type: rules run on values whose structure the schema has checked. */
export function rule<T>(message: string, holds: (value: T) => boolean): SchemaRule {
  return { message, holds: (value) => holds(value as T) };
}
