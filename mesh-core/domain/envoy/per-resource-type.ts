import type { ResourceType } from './resources.ts';

/** One value for each type of resources. */
export function perResourceType<T>(make: (type: ResourceType) => T): Readonly<Record<ResourceType, T>> {
  return { cluster: make('cluster'), endpoint: make('endpoint'), listener: make('listener'), route: make('route'), secret: make('secret') };
}
