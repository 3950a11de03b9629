import type { ReactNode } from 'react'
import { PageLink } from '../../parts/page-link.tsx'
import type { AuditSearch } from './audit-filters.ts'

type Asked = { readonly filter: AuditSearch; readonly children: ReactNode }

/** Shows those alone that have the same. */
export function FilterLink({ filter, children }: Asked) {
  return (
    <PageLink inherit from="/audit" to="/audit" search={(before) => ({ ...before, ...filter })} c="inherit">
      {children}
    </PageLink>
  )
}
