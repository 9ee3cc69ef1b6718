import { queryOptions } from '@tanstack/react-query';
import { getJson } from '#components/api/http-client.ts';
import type { CertificatesAnswer } from '#server/proxies/schemas.ts';

/** Who holds which certificate, the roots, and how far a replacement of the root is. */
export const certificatesQuery = queryOptions({
  queryKey: ['certificates', 'list'] as const,
  queryFn: ({ signal }) => getJson<CertificatesAnswer>('/api/certificates', {}, signal),
  refetchInterval: 5000,
});
