import { type Client, createClient, createResumableUploads, type ResumableUploads } from '@bootcast/contract'
import { readCredentials } from './credentials.ts'
import { exitCodes, Failure, usageFailure } from './failure.ts'
import { fetchSendingPieces } from './send-pieces.ts'
import type { World } from './world.ts'

/** A platform that the command talks to. */
export type Connection = {
  readonly url: string
  /** Undefined when the token came from the environment. */
  readonly user: string | undefined
  readonly token: string
  readonly client: Client
  readonly uploads: ResumableUploads
}

const answerMilliseconds = 60_000

/**
 * The platform to talk to: `--platform`, else BOOTCAST_URL, else the one signed in to last; the token: BOOTCAST_TOKEN,
 * else the one stored for this platform. A stored token goes to no other address than the one that gave it.
 */
export async function connect(world: World, chosen: string | undefined): Promise<Connection> {
  const named = chosen ?? world.url
  if (named !== undefined && world.token !== undefined)
    return withToken(world, platformUrl(named), world.token)
  const stored = await readCredentials(world.configDir)
  const url = named === undefined ? stored.current : platformUrl(named)
  if (url === undefined) throw notSignedIn('You are not signed in to a platform.')
  const signIn = stored.platforms[url]
  const token = world.token ?? signIn?.token
  if (token === undefined) throw notSignedIn(`You are not signed in to ${url}.`)
  return withToken(world, url, token, world.token === undefined ? signIn?.user : undefined)
}

function withToken(world: World, url: string, token: string, user?: string): Connection {
  const uploads = createResumableUploads({ url, token, fetch: fetchSendingPieces })
  return { url, user, token, client: clientFor(world, url, token), uploads }
}

/** Every call ends by itself when it brings no own signal, and when the user interrupts. */
export function clientFor(world: World, url: string, token?: string): Client {
  const client = createClient({ url, fetch: fetchSendingPieces, ...(token !== undefined && { token }) })
  return {
    call: (name, input) =>
      client.call(name, {
        ...input,
        signal: AbortSignal.any([world.signal, input.signal ?? AbortSignal.timeout(answerMilliseconds)]),
      }),
  }
}

/** An address as a user writes it, in one spelling. @throws {Failure} */
export function platformUrl(text: string): string {
  const example = 'Write it like http://boot.example:8080.'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol))
    throw usageFailure(`“${text}” is not the address of a platform.`, example)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw usageFailure('The address of a platform has no user, password, ? or # in it.', example)
  return url.href.replace(/\/+$/, '')
}

function notSignedIn(what: string): Failure {
  return new Failure(
    what,
    {
      code: 'not_signed_in',
      todo: 'Sign in: bootcast sign-in http://HOST:8080 --user NAME, or with --browser (or set BOOTCAST_URL and BOOTCAST_TOKEN).',
    },
    exitCodes.refused,
  )
}
