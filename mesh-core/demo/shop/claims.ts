// The first link of a deep chain: claims → deductible → membership.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

serveShop(async ({ path, headers }) => {
  if (path !== '/claims') return noSuchPath(path);
  const deductible = await callService(headers, { host: 'deductible', path: '/deductible' });
  return { status: deductible.status === 200 ? 200 : 502, ...stamped({ claims: 2, deductible: deductible.body }) };
});
