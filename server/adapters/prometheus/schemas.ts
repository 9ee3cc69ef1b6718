import { array, boolean, literal, nullish, number, object, optional, record, string, unknown } from 'zod';

/** The JSON of Prometheus' HTTP API, as far as it is read here. Source: prometheus.io/docs/prometheus/latest/querying/api. */
export const successSchema = object({ status: literal('success'), data: unknown(), warnings: nullish(array(string())), infos: nullish(array(string())), isPartial: optional(boolean()) });
export const errorSchema = object({ status: literal('error'), errorType: string(), error: string() });

const labels = record(string(), string());

export const seriesListSchema = array(labels);
export const labelListSchema = array(string());
export const metadataSchema = record(string(), array(object({ type: string(), help: string(), unit: string().default('') })));
/** Times in seconds. */
export const exemplarsSchema = array(object({ seriesLabels: labels, exemplars: array(object({ labels, value: string(), timestamp: number() })) }));
