// The cart: what a customer picked, and the checkout that has it paid.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

let items = 0;

serveShop(async ({ path, method, headers }) => {
  if (path === '/cart' && method === 'GET') return stamped({ items });
  if (path === '/cart/items' && method === 'POST') return stamped({ items: ++items });
  if (path !== '/checkout') return noSuchPath(path);
  const payment = await callService(headers, { host: 'payment', path: '/charge', method: 'POST', body: { amountCents: 100 * Math.max(1, items) } });
  if (payment.status >= 500) return { status: 502, body: { error: 'the payment failed', upstream: payment.body } };
  items = 0;
  return { status: payment.status, ...stamped({ paid: payment.status === 200, payment: payment.body }) };
});
