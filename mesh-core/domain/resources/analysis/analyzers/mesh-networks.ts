import type { KubeObject } from '../../kube-object.ts';
import type { Secret } from '../../core.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const REGISTRIES = ['Mock', 'Kubernetes', 'External'];
/** What messages about the mesh's own settings are about. */
const MESH_NETWORKS: KubeObject = { apiVersion: 'mesh.istio.io/v1alpha1', kind: 'MeshNetworks', metadata: { name: 'meshnetworks', namespace: 'istio-system' } };

/** IST0126: networks whose endpoints come from a registry that nobody knows. Source: multicluster/meshnetworks.go. */
export const meshNetworks: Analyzer = {
  name: 'meshnetworks.MeshNetworksAnalyzer',
  kinds: ['MeshNetworks'],
  analyze(input, report) {
    const clusters = input.all<Secret>('Secret').filter(({ metadata }) => metadata.labels?.['istio/multiCluster'] === 'true').flatMap(({ data = {} }) => Object.keys(data));
    for (const [network, { endpoints = [] }] of Object.entries(input.meshNetworks.networks ?? {})) {
      for (const [index, { fromRegistry }] of endpoints.entries()) {
        if (fromRegistry !== undefined && ![...REGISTRIES, ...clusters].includes(fromRegistry)) report(MESH_NETWORKS, messages.unknownMeshNetworksServiceRegistry(fromRegistry, network), { path: `networks.${network}.endpoints[${index}].fromRegistry` });
      }
    }
  },
};
