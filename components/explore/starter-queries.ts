/** Queries to begin with, all over Istio's standard metrics. */
export const STARTERS: readonly { readonly title: string; readonly expr: string; readonly legend?: string }[] = [
  { title: 'Requests per second of each service', expr: 'sum by (destination_service_name) (rate(istio_requests_total{reporter="source"}[1m]))' },
  { title: 'Share of requests that fail, by service', expr: 'sum by (destination_service_name) (rate(istio_requests_total{reporter="source", response_code=~"5..|0"}[1m]))\n/\nsum by (destination_service_name) (rate(istio_requests_total{reporter="source"}[1m]))' },
  { title: 'Latency of the slowest 5 %, by service', expr: 'histogram_quantile(0.95, sum by (le, destination_service_name) (rate(istio_request_duration_milliseconds_bucket{reporter="source"}[1m])))', legend: '{{destination_service_name}}' },
  { title: 'Who calls whom', expr: 'topk(10, sum by (source_workload, destination_workload) (rate(istio_requests_total{reporter="source"}[1m])))', legend: '{{source_workload}} → {{destination_workload}}' },
  { title: 'Memory of each proxy', expr: 'sum by (workload) (process_resident_memory_bytes)' },
];
