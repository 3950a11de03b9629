import type { AuditStore } from '../audit/audit-store.ts'
import type { Handlers } from './handlers.ts'

export function auditHandlers(audits: Pick<AuditStore, 'list'>): Pick<Handlers, 'listAudit'> {
  return {
    async listAudit({ query: { since, until, ...query } }) {
      const span = { since: timeOf(since), until: timeOf(until) }
      const { items, next } = await audits.list({ ...query, ...span })
      const shown = items.map(({ at, refused = false, ...entry }) => ({
        ...entry,
        at: new Date(at).toISOString(),
        refused,
      }))
      return { items: shown, ...(next !== undefined && { next }) }
    },
  }
}

const timeOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text)
