import type { FastifyBaseLogger } from 'fastify'
import type { Database } from './database/open.ts'
import { SiteContacts } from './sites/site-contacts.ts'
import type { SiteStore } from './sites/site-store.ts'
import { SqlSiteStore } from './sites/sql-site-store.ts'

export type SitesParts = { readonly database: Database; readonly log: FastifyBaseLogger }

/** What is known of the sites of this platform. */
export function openSites(
  { database, log }: SitesParts,
  starting: AsyncDisposableStack,
): { readonly store: SiteStore; readonly contacts: SiteContacts } {
  const store = new SqlSiteStore(database)
  const onError = (err: unknown) => log.error({ err }, 'what sites told could not be written down')
  const contacts = new SiteContacts({ store, onError })
  starting.defer(() => contacts.stop())
  return { store, contacts }
}
