import { StartRefused } from '@bootcast/options'
import { join, parseJoinToken, SiteIdentity } from '@bootcast/uplink'
import { identityFolder } from './identity.ts'

export type JoinOrder = {
  /** Of the platform, or of the site that is asked instead. */
  readonly url: string
  readonly token: string
  readonly data: string
  readonly version: string
}

/** Makes this computer the site that the token is for. @throws {StartRefused} in words for whoever typed it */
export async function joinSite({ url, token: text, data, version }: JoinOrder): Promise<SiteIdentity> {
  const folder = identityFolder(data)
  const before = await SiteIdentity.open(folder).catch(() => undefined)
  const token = parseJoinToken(text)
  if (token === undefined)
    throw new StartRefused('that is no token of a site: "bootcast site add NAME" prints one')
  // The very command of the first time is typed again after a restart: then there is nothing to do.
  if (before?.name === token.site && before.url === url) return before
  if (before !== undefined)
    throw new StartRefused(
      `this computer is the site ${before.name} of ${before.url} already. Another data folder (--data DIR) makes it another one`,
    )
  const { key, csr } = await SiteIdentity.make()
  try {
    const { site, ...issued } = await join({ url, token: text, csr, version })
    return await SiteIdentity.keep(folder, { ...site, url, ...issued }, key)
  } catch (cause) {
    throw new StartRefused(`this computer could not join: ${(cause as Error).message}`, { cause })
  }
}
