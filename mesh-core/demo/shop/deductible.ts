// The middle of the chain.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

serveShop(async ({ path, headers }) => {
  if (path !== '/deductible') return noSuchPath(path);
  const membership = await callService(headers, { host: 'membership', path: '/membership' });
  return { status: membership.status === 200 ? 200 : 502, ...stamped({ deductibleCents: 5000, membership: membership.body }) };
});
