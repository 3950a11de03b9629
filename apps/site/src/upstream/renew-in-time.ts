import type { BootLog } from '@bootcast/boot'
import { SiteIdentity, type UplinkClient } from '@bootcast/uplink'

const lookMs = 60 * 60 * 1000

export type RenewalParts = {
  readonly identity: SiteIdentity
  readonly uplink: UplinkClient
  readonly log: BootLog
  readonly now?: () => number
}

/** A new key and certificate when two thirds of the life of the old ones are over; looked at every hour. */
export function renewInTime(
  { identity, uplink, log, now = Date.now }: RenewalParts,
  starting: AsyncDisposableStack,
): void {
  const look = async () => {
    if (!identity.needsRenewal(now())) return
    try {
      const { key, csr } = await SiteIdentity.make()
      await identity.renew(await uplink.call('renew', { csr }), key)
      uplink.reload()
      log('info', 'this site has a new certificate', { until: new Date(identity.expiresAt).toISOString() })
    } catch (error) {
      log('warn', 'the certificate of this site could not be renewed yet', { reason: String(error) })
    }
  }
  const timer = setInterval(() => void look(), lookMs).unref()
  starting.defer(() => clearInterval(timer))
  void look()
}
