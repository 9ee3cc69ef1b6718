import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { RequestAuthentication } from '#mesh-core/domain/resources/security.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { fetchKeySet } from './fetch-key-set.ts';
import { KeySetKeeper } from './key-set-keeper.ts';
import type { KeySetKeeperOptions } from './key-set-keeper.ts';

const REQUEST_AUTHENTICATION = servedKind('RequestAuthentication');

/** Keeps the key sets that the stored RequestAuthentications name, from now until the function it gives is called. */
export function keepKeySets(store: ObjectStore, options: Omit<KeySetKeeperOptions, 'fetchKeySet'>): () => void {
  const keeper = new KeySetKeeper({ ...options, fetchKeySet });
  // Safe because an object is only stored once it passed the schema of its kind.
  const follow = (): void => keeper.follow(store.list(REQUEST_AUTHENTICATION) as readonly RequestAuthentication[]);
  const unsubscribe = store.subscribe(({ kind }) => {
    if (kind === REQUEST_AUTHENTICATION) follow();
  });
  follow();
  return () => {
    unsubscribe();
    keeper.close();
  };
}
