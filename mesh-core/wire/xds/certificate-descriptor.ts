import type protobuf from 'protobufjs';

/** Istio's certificate service in protobufjs' JSON form. Source: istio security/v1alpha1/ca.proto (package istio.v1.auth). */
export const CERTIFICATE_SERVICE_DESCRIPTOR: Record<string, protobuf.AnyNestedObject> = {
  istio: {
    nested: {
      v1: {
        nested: {
          auth: {
            nested: {
              IstioCertificateRequest: {
                fields: {
                  csr: { type: 'string', id: 1 },
                  validity_duration: { type: 'int64', id: 3 },
                  metadata: { type: 'google.protobuf.Struct', id: 4 },
                },
              },
              IstioCertificateResponse: { fields: { cert_chain: { rule: 'repeated', type: 'string', id: 1 } } },
            },
          },
        },
      },
    },
  },
};
