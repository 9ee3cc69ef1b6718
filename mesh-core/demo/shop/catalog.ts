// The catalog: products with their stock. Version 2 also recommends something.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped, VERSION } from './shop-server.ts';

const PRODUCTS = [
  { id: 'compass', name: 'Boxed compass', priceCents: 12900 },
  { id: 'sextant', name: 'Brass sextant', priceCents: 48900 },
  { id: 'lamp', name: 'Binnacle lamp', priceCents: 7900 },
  { id: 'chart', name: 'Chart of the sound', priceCents: 2400 },
];

serveShop(async ({ path, headers }) => {
  if (path !== '/products' && !path.startsWith('/products/')) return noSuchPath(path);
  const id = path.split('/')[2];
  const found = id === undefined ? PRODUCTS : PRODUCTS.filter((p) => p.id === id);
  if (found.length === 0) return { status: 404, body: { error: `no product ${id ?? ''}` } };
  const stock = await callService(headers, { host: 'inventory', path: `/stock/${id ?? 'all'}` });
  if (stock.status !== 200) return { status: 502, body: { error: 'the inventory does not answer', upstream: stock.body } };
  return stamped({ products: found, stock: stock.body, ...(VERSION === 'v1' ? {} : { recommended: PRODUCTS[found.length % PRODUCTS.length] }) });
});
