import { array, discriminatedUnion, literal, number, object, optional, record, string, tuple, unknown, type infer as Infer } from 'zod';

/** The JSON of Prometheus' HTTP API, as far as it is read here. Source: prometheus.io/docs/prometheus/latest/querying/api. */
export const successSchema = object({ status: literal('success'), data: unknown(), warnings: optional(array(string())), infos: optional(array(string())) });
export const errorSchema = object({ status: literal('error'), errorType: string(), error: string() });

const labels = record(string(), string());
const pair = tuple([number(), string()]);

/** A series that has only native histograms comes without value(s). */
export const queryDataSchema = discriminatedUnion('resultType', [
  object({ resultType: literal('vector'), result: array(object({ metric: labels, value: optional(pair) })) }),
  object({ resultType: literal('matrix'), result: array(object({ metric: labels, values: optional(array(pair)) })) }),
  object({ resultType: literal('scalar'), result: pair }),
  object({ resultType: literal('string'), result: pair }),
]);
export type QueryData = Infer<typeof queryDataSchema>;

export const seriesListSchema = array(labels);
export const labelListSchema = array(string());
export const metadataSchema = record(string(), array(object({ type: string(), help: string(), unit: string().default('') })));
