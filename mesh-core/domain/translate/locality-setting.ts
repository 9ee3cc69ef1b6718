import type { LoadBalancer } from '../resources/networking.ts';
import type { LocalityLbSetting, ZoneAwareLbSetting } from '../resources/traffic-policy.ts';

export type LocalitySetting = { readonly kind: 'locality'; readonly setting: LocalityLbSetting } | { readonly kind: 'zone-aware'; readonly setting: ZoneAwareLbSetting } | { readonly kind: 'off' };

/** Locality balancing is on in the mesh: with outlier detection, endpoints nearby come first. */
const MESH_DEFAULT: LocalitySetting = { kind: 'locality', setting: {} };

/** What a load balancer says of localities, else the mesh's default. Source: istiod's GetEffectiveLbSetting. */
export function localitySettingOf(balancer: LoadBalancer | undefined): LocalitySetting {
  if (balancer?.zoneAwareLbSetting !== undefined) return { kind: 'zone-aware', setting: balancer.zoneAwareLbSetting };
  const locality = balancer?.localityLbSetting;
  if (locality === undefined) return MESH_DEFAULT;
  return locality.enabled === false ? { kind: 'off' } : { kind: 'locality', setting: locality };
}
