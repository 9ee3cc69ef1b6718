const COMMON = `
Where the mesh is
  --data-dir DIR       the data directory of the control plane, with its kubeconfig; default $BINNACLE_DATA_DIR or .binnacle
  --kubeconfig FILE    another kubeconfig (default DIR/kubeconfig)`;

/** The texts of `mesh --help` and `mesh VERB --help`. */
export const HELP = {
  '': `Usage: mesh VERB [OPTIONS]

  run        run any program in the mesh: mesh run --service web --port 8099 -- \\
             python3 -m http.server 8099 --bind 127.0.0.1 --directory docs
  gateway    run a gateway: the way into the mesh from outside
  apply      create or change objects from YAML: mesh apply -f rules.yaml
  get        show objects: mesh get virtualservices -n shop
  delete     remove objects: mesh delete virtualservice catalog -n shop
  kubeconfig make a kubeconfig for somebody else: mesh kubeconfig --user ann --group viewers
  proxies    show what each proxy has been sent and accepted
  certs      show who holds which certificate; replace the root, revoke a workload

mesh VERB --help explains each.`,

  run: `Usage: mesh run --service NAME [OPTIONS] -- COMMAND [ARGUMENT …]

Runs COMMAND as a workload of the mesh, with a sidecar proxy in this process. Ends with COMMAND and with its exit code.
Standard output is COMMAND's alone; the sidecar logs to standard error.
What COMMAND finds in its environment: PORT, HTTP_PROXY and http_proxy (the sidecar), BINNACLE_OUTBOUND (the same as
host:port), NO_PROXY (loopback), SERVICE_NAME, SERVICE_VERSION.

  --service NAME       the service it belongs to; made if it does not exist
  --version VERSION    default v1; the workload is called NAME-VERSION
  --port PORT          where COMMAND listens on 127.0.0.1; without it, it only calls others
  --service-port PORT  where others call the service, if it has to be made; default 80
  --namespace, -n NS   default "default"; made if it does not exist
  --service-account SA its identity for policies; default: NAME
  --stats-port PORT    metrics and admin of the sidecar; default: any free port
  --access-log         print a line for each request, to standard error
${COMMON}`,

  gateway: `Usage: mesh gateway [OPTIONS]

Runs a gateway: it serves the Gateway objects that select its labels, on the ports that its Service gives them; or, with
--gateway, one Gateway of the Kubernetes Gateway API, on its listeners' ports (below 1024: 8000 higher, so 80 is 8080).

  --gateway NAME       a Gateway of gateway.networking.k8s.io, of class istio; --port, --name and --service-account then do
                       not apply, and the default namespace is "default"
  --port PORT          where port 80 of the gateway's Service is served on 127.0.0.1; default 8080
  --name NAME          default istio-ingressgateway; labels app=NAME and istio=ingressgateway
  --namespace, -n NS   default istio-system
  --service-account SA default NAME
  --stats-port PORT    metrics and admin; default: any free port
  --access-log         print a line for each request
${COMMON}`,

  apply: `Usage: mesh apply -f FILE|- [-n NS]

Creates or changes the objects of a YAML or JSON file (several separated by ---); - reads standard input.

  -f FILE              may be given several times
  --namespace, -n NS   for objects that name none; default "default"
  --dry-run            have everything checked, change nothing
${COMMON}`,

  get: `Usage: mesh get KIND [NAME] [OPTIONS]

  KIND                 for example virtualservices, vs, destinationrule, we, svc
  --namespace, -n NS   default "default"
  --all, -A            of all namespaces
  --output, -o FORMAT  yaml, json or name; default: a table
${COMMON}`,

  delete: `Usage: mesh delete KIND NAME [-n NS]
       mesh delete -f FILE|-

  --namespace, -n NS   default "default"
  -f FILE              delete the objects that a file describes
${COMMON}`,

  kubeconfig: `Usage: mesh kubeconfig --user NAME [OPTIONS]

Makes a kubeconfig with a client certificate for a person or program, on standard output. What they may do is said by
roles and bindings, e.g. kubectl create clusterrolebinding viewers --clusterrole view --group viewers
(view, edit, admin and cluster-admin are there). Needs the control plane's data directory, which holds the authority's key.

  --user NAME          who it is
  --group GROUP        a group of theirs; may be given several times
  --days N             how long it is good, 1 to 365; default 30. It cannot be taken back earlier.
  --out FILE           write to FILE (mode 0600) instead
${COMMON}`,

  proxies: `Usage: mesh proxies [OPTIONS]

Shows each connected proxy and whether it has accepted what it was sent: SYNCED, STALE (sent, not answered yet),
NACK (refused; the configuration before is in force) or NOT SENT.

  --monitoring URL     the control plane's monitoring port; default: from DIR/control/endpoints.json
  --output, -o json    everything, as JSON
${COMMON}`,

  certs: `Usage: mesh certs [OPTIONS]
       mesh certs rotate-root
       mesh certs revoke WHOM

Shows the mesh's roots, and for each workload the certificate it holds: until when, signed by which root, renewed when.
rotate-root makes a new root and replaces the old one step by step, each when nobody is cut off by it: it is trusted
everywhere, then it signs, then the old one is no longer trusted. It goes on when this command is ended.
revoke takes back the certificates of a workload (WHOM: identity, NAMESPACE/ACCOUNT, serial number or proxy): its peers
refuse new connections, the control plane gives it nothing more. Connections that are open go on until they end.

  --monitoring URL     the control plane's monitoring port; default: from DIR/control/endpoints.json
  --output, -o json    everything, as JSON
${COMMON}`,
} as const;

export type Verb = Exclude<keyof typeof HELP, ''>;

/** Is this word a verb of the command line? */
export function isVerb(word: string): word is Verb {
  return word !== '' && Object.hasOwn(HELP, word);
}
