import { atMostOne, labels } from './route-fields.ts';
import { as, bool, list, object, oneOf, orNull, string, strings, uint, withRules } from './schema.ts';

const tlsVersion = (help: string) =>
  oneOf(help, { TLS_AUTO: 'As the proxy chooses.', TLSV1_0: 'TLS 1.0.', TLSV1_1: 'TLS 1.1.', TLSV1_2: 'TLS 1.2.', TLSV1_3: 'TLS 1.3.' });

export const serverTls = withRules(
  object('TLS of this server.', {
    httpsRedirect: bool('Answer plain HTTP with a redirect to https.'),
    mode: oneOf('Kind of TLS.', {
      PASSTHROUGH: 'Do not open it: route by server name to tls rules.',
      SIMPLE: 'The gateway shows a certificate.',
      MUTUAL: 'The client must show a certificate too.',
      OPTIONAL_MUTUAL: 'The client may show a certificate.',
      ISTIO_MUTUAL: 'Mutual TLS with certificates of the mesh.',
      AUTO_PASSTHROUGH: 'Pass through to the service that the server name spells.',
    }),
    credentialName: string('Secret with certificate and key.'),
    credentialNames: strings('Up to two secrets, for RSA and ECDSA.', 'A secret name.', { minItems: 1, maxItems: 2 }),
    caCertCredentialName: string('Secret with the authorities for client certificates.'),
    serverCertificate: string('File of the server certificate.'),
    privateKey: string('File of the private key.'),
    caCertificates: string('File of the authorities for client certificates.'),
    caCrl: string('File of revoked client certificates.'),
    tlsCertificates: list(
      'Up to two certificates from files.',
      object('One certificate.', { serverCertificate: string('File of the certificate.'), privateKey: string('File of the key.'), caCertificates: string('File of the authorities.') }),
      { minItems: 1, maxItems: 2 },
    ),
    subjectAltNames: strings('Names of which a client certificate must have one.', 'A subject alternative name.'),
    verifyCertificateSpki: strings('Accepted client keys, base64 of SHA-256.', 'A hash.'),
    verifyCertificateHash: strings('Accepted client certificates, hex of SHA-256.', 'A hash.'),
    minProtocolVersion: tlsVersion('Lowest TLS version.'),
    maxProtocolVersion: tlsVersion('Highest TLS version.'),
    cipherSuites: strings('Allowed cipher suites.', 'An OpenSSL cipher name.'),
    ecdhCurves: strings('Allowed key exchange groups.', 'A curve name.'),
    insecureSkipVerify: orNull(bool('Do not verify client certificates.')),
  }),
  atMostOne('only one of credentialNames or tlsCertificates can be set', 'credentialNames', 'tlsCertificates'),
  atMostOne('only one of credentialName or credentialNames can be set', 'credentialName', 'credentialNames'),
  // The text names the wrong field: so has the CRD.
  atMostOne('only one of credentialName or tlsCertificates can be set', 'credentialNames', 'tlsCertificates'),
);

const server = object(
  'One port that the gateway opens.',
  {
    name: string('Name of this server.'),
    port: object(
      'Port and protocol.',
      {
        number: uint('Port number.'),
        protocol: string('HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, TLS, TCP, MONGO, REDIS or MYSQL.'),
        name: string('Name of the port, unique in this object.'),
        targetPort: uint('Has no effect on gateways.'),
      },
      { required: ['number', 'protocol', 'name'] },
    ),
    hosts: strings('Hosts it answers for, as `[namespace/]host`; the namespace limits which rules may bind.', 'A host, may begin with `*.`.'),
    tls: serverTls,
    bind: string('Address or unix:// socket to listen on.'),
    defaultEndpoint: string('Reserved.'),
  },
  { required: ['port', 'hosts'] },
);

export const gatewaySpec = object('Ports at the edge of the mesh. VirtualServices that name it say where traffic goes.', {
  selector: as('Labels of the gateway workloads that open these ports.', labels),
  servers: list('Ports to open.', server),
});
