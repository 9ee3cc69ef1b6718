/** A request between two proxies as one row. Rows and nanoseconds from the trace's start. */
export interface HopRow {
  /** The row that stands for all of it: the caller's proxy, or the callee's when the caller has none. */
  readonly row: number;
  /** The caller's proxy. */
  readonly client: number | undefined;
  /** The other rows it is made of. */
  readonly absorbed: readonly number[];
  /** Spans of the callee's proxy, one for each attempt that was answered. */
  readonly servers: readonly number[];
  /** The app's own span of the last attempt. */
  readonly app: number | undefined;
  readonly from: string;
  readonly to: string;
  /** Index of the callee's service among the trace's; the caller's when nobody answered. */
  readonly service: number;
  readonly totalNano: number;
  readonly networkNano: number;
  readonly sidecarNano: number;
  readonly appNano: number;
  readonly downstreamNano: number;
  /** The app's own span tells its time from its proxy's. */
  readonly appMeasured: boolean;
  /** As Envoy writes them: `UF,URX`. */
  readonly responseFlags: string | undefined;
  readonly failed: boolean;
  /** When the app itself worked, as pairs [from, to, …]. */
  readonly working: readonly number[];
}
