// The payment: charges a card at a bank outside the mesh. Version 3 asks the bank for a receipt as well.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped, VERSION } from './shop-server.ts';

serveShop(async ({ path, headers, body }) => {
  if (path !== '/charge') return noSuchPath(path);
  const charge = await callService(headers, { host: 'bank.example.com', path: '/transactions', method: 'POST', body });
  if (charge.status !== 200) return { status: 502, body: { error: 'the bank did not accept the charge', upstream: charge.body } };
  return stamped({ charge: charge.body, ...(VERSION === 'v2' ? {} : { receipt: `R-${Date.now().toString(36)}` }) });
});
