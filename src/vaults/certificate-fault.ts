const untrusted = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_)/;

/** Whether a code of Node's or OpenSSL's says that the other side's certificate is not to be trusted. */
export function isUntrusted(code: string): boolean {
  return untrusted.test(code);
}
