/** The attributes that tell one machine's clock from another's, best first: Jaeger's, and the node of a pod, whose containers share its clock. */
const HOST_KEYS = ['host.id', 'k8s.node.name', 'host.ip', 'host.name', 'k8s.pod.uid', 'k8s.pod.name'];

/** The clock a resource's spans were timed by, as a text to compare; '' when it does not say. Of a list it is the first. */
export function clockOf(resource: Readonly<Record<string, unknown>>): string {
  for (const key of HOST_KEYS) {
    const value = resource[key];
    const text: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}
