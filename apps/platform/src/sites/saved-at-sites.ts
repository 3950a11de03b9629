import type { SiteStore } from './site-store.ts'

const atOnce = 500

/** What the caches of sites that are not revoked have saved so far, as each told last. Grows with the sites. */
export async function savedAtSites(store: Pick<SiteStore, 'list'>) {
  const saved: { readonly site: string; readonly servedBytes: number; readonly savedBytes: number }[] = []
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const { items, next } = await store.list({ limit: atOnce, after })
    for (const { name, report, revokedAt } of items) {
      if (report === undefined || revokedAt !== undefined) continue
      const { bytes, wanBytes } = report.served
      saved.push({ site: name, servedBytes: bytes, savedBytes: Math.max(0, bytes - wanBytes) })
    }
    after = next
  }
  return saved
}
