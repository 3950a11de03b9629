import type { Site, WarmOrder } from '@bootcast/contract'
import { now } from './command-line.ts'

export const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString()
export const order: WarmOrder = {
  ...{ id: 'w1', reference: 'debian@stable', release: 'debian@3', state: 'ordered' },
  ...{ doneBytes: 0, totalBytes: 0, orderedAt: ago(1), orderedBy: 'ann' },
}
export const fresh: Site = {
  ...{ id: '0f3k9aq2xm7d', name: 'grenoble', images: 'all', state: 'waiting to join' },
  ...{ createdAt: ago(60), createdBy: 'admin', tokenExpiresAt: '2026-11-24T11:00:00Z' },
  settings: { lifeSeconds: 604_800, graceSeconds: 86_400, pins: [] },
  warm: [],
  health: { problems: [] },
}
export const busy: Site = {
  ...fresh,
  ...{ state: 'connected', version: '0.1.0', lastContactAt: ago(0), joinedAt: ago(50) },
  settings: {
    ...fresh.settings,
    ...{ quotaBytes: 200e9, wanBytesPerSecond: 50e6, mostBoots: 40, pins: ['debian@stable'] },
    schedule: { from: '22:00', to: '06:00' },
  },
  cache: {
    bytes: 12 * 2 ** 30,
    quotaBytes: 200 * 2 ** 30,
    releases: [{ release: 'debian@3', bytes: 2 ** 30, isPinned: true, lastUsedAt: ago(5) }],
  },
  served: { bytes: 100 * 2 ** 30, hitRate: 0.978, wanBytes: 2 ** 30, savedBytes: 99 * 2 ** 30 },
  boots: { running: 12, queued: 3 },
  warm: [{ ...order, state: 'fetching', doneBytes: 1, totalBytes: 2 }],
  health: { problems: ['the disk is nearly full'] },
}
/** The same without a token that it does not need any more. */
const { tokenExpiresAt: _, ...withoutToken } = busy
export const joined: Site = withoutToken
