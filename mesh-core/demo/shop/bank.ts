// A bank outside the mesh: no sidecar, no certificate; known to the mesh by a ServiceEntry.
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

let transactions = 0;
serveShop(({ path }) => (path === '/transactions' ? stamped({ transaction: ++transactions }) : noSuchPath(path)), () => 8 + Math.random() * 20);
