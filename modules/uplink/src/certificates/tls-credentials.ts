import { X509Certificate } from 'node:crypto'

/** What one end of the uplink shows, and whom it believes; all PEM. */
export type TlsCredentials = {
  readonly key: string
  readonly certificate: string
  readonly authorities: readonly string[]
}

/** Whether two thirds of a certificate's life are over. */
export function renewalDue(certificate: string, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate)
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
  return now >= from + ((to - from) * 2) / 3
}
