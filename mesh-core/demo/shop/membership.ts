// The end of the chain.
import { noSuchPath, serveShop, stamped } from './shop-server.ts';

serveShop(({ path }) => (path === '/membership' ? stamped({ member: true, since: 2019 }) : noSuchPath(path)));
