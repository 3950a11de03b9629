import { access, constants, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { StartRefused } from '@bootcast/options'
import {
  hashOf,
  IdentityMissing,
  IdentityUnusable,
  join,
  parseJoinToken,
  SiteIdentity,
} from '@bootcast/uplink'
import { identityFolder } from './identity.ts'

export type JoinOrder = {
  /** Of the platform, or of the site that is asked instead. */
  readonly url: string
  readonly token: string
  readonly data: string
  readonly version: string
}

/** In the folder of the identity: the digest of the secret that it was had with. */
const usedToken = 'joined-by'
/** A token has about 120; whatever is longer is none. */
const mostTokenBytes = 4096

/** Makes this computer the site that the token is for. @throws {StartRefused} in words for whoever typed it */
export async function joinSite({ url, token: text, data, version }: JoinOrder): Promise<SiteIdentity> {
  const folder = identityFolder(data)
  const before = await identityBefore(folder)
  const token = parseJoinToken(text)
  if (token === undefined)
    throw new StartRefused('that is no token of a site: "bootcast site add NAME" prints one')
  const used = hashOf(token.secret)
  if (before !== undefined) {
    if (before.name !== token.site || before.url !== url)
      throw new StartRefused(
        `this computer is the site ${before.name} of ${before.url} already. Another data folder (--data DIR) makes it another one`,
      )
    // The very command of the first time is typed again after a restart: then there is nothing to do. With another
    // token the site was added anew, since it had been revoked or its certificate was over.
    if ((await usedBefore(folder)) === used) return before
  }
  await checkWritable(folder)
  const { key, csr } = await SiteIdentity.make()
  try {
    const { site, ...issued } = await join({ url, token: text, csr, version })
    // First, so that who is a site then knows by what: killed in between, it is none and the token is used up.
    await writeFile(joinPath(folder, usedToken), `${used}\n`, { mode: 0o600 })
    return await SiteIdentity.keep(folder, { ...site, url, ...issued }, key)
  } catch (cause) {
    throw new StartRefused(`this computer could not join: ${(cause as Error).message}`, { cause })
  }
}

/** The token in a file, without the end of its line. @throws {StartRefused} when there is none to be read */
export async function tokenIn(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(mostTokenBytes), 0, mostTokenBytes)
    return buffer.toString('utf8', 0, bytesRead).trim()
  } catch (cause) {
    throw new StartRefused(`the token in ${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** What cannot be read at all is no reason to become somebody else. */
async function identityBefore(folder: string): Promise<SiteIdentity | undefined> {
  try {
    return await SiteIdentity.open(folder)
  } catch (cause) {
    if (cause instanceof IdentityMissing || cause instanceof IdentityUnusable) return undefined
    throw new StartRefused(`${folder} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

const usedBefore = async (folder: string): Promise<string | undefined> =>
  (await readFile(joinPath(folder, usedToken), 'utf8').catch(() => undefined))?.trim()

/** Before the token is used up, which it is for ever. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.W_OK)
  } catch (cause) {
    throw new StartRefused(`nothing can be kept in ${folder}: ${(cause as Error).message}`, { cause })
  }
}
