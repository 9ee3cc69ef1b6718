// The inventory: how many of each are in the store. Only the catalog may ask.
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

const STOCK: Readonly<Record<string, number>> = { compass: 12, sextant: 3, lamp: 40, chart: 150 };

serveShop(({ path }) => {
  const [, first, id] = path.split('/');
  if (first !== 'stock') return noSuchPath(path);
  return stamped({ stock: id === undefined || id === 'all' ? STOCK : { [id]: STOCK[id] ?? 0 } });
});
