import type { AuditStore } from '../audit/audit-store.ts'
import type { Handlers } from './handlers.ts'

export function auditHandlers(audits: Pick<AuditStore, 'list'>): Pick<Handlers, 'listAudit'> {
  return {
    async listAudit({ query: { since, ...query } }) {
      const from = since === undefined ? undefined : Date.parse(since)
      const { items, next } = await audits.list({ ...query, since: from })
      const shown = items.map(({ at, refused = false, ...entry }) => ({
        ...entry,
        at: new Date(at).toISOString(),
        refused,
      }))
      return { items: shown, ...(next !== undefined && { next }) }
    },
  }
}
