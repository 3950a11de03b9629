import { join, resolve } from 'node:path'
import { StartRefused } from '@bootcast/options'
import { IdentityMissing, SiteIdentity, UplinkClient } from '@bootcast/uplink'

/** Where a site keeps who it is. */
export const identityFolder = (data: string): string => join(resolve(data), 'identity')

/** @throws {StartRefused} when this computer has not joined */
export async function identityIn(data: string): Promise<SiteIdentity> {
  try {
    return await SiteIdentity.open(identityFolder(data))
  } catch (cause) {
    if (!(cause instanceof IdentityMissing)) throw new StartRefused((cause as Error).message, { cause })
    throw new StartRefused(
      `this computer is no site yet: nothing is in ${resolve(data)}. "bootcast site add NAME" on the platform prints the command that makes it one`,
      { cause },
    )
  }
}

export const uplinkOf = (identity: SiteIdentity): UplinkClient =>
  new UplinkClient({ url: identity.url, serverName: identity.serverName, identity })
