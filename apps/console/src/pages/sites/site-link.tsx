import type { Site } from '@bootcast/contract'
import { NameShown } from '../../parts/name-shown.tsx'
import { PageLink } from '../../parts/page-link.tsx'

/** A name that was revoked may be that of another site by now. */
export const addressOf = ({ id, name, state }: Site): string => (state === 'revoked' ? id : name)

export function SiteLink({ site }: { readonly site: Site }) {
  return (
    <PageLink to="/sites/$name" params={{ name: addressOf(site) }} fw={600}>
      <NameShown short>{site.name}</NameShown>
    </PageLink>
  )
}
