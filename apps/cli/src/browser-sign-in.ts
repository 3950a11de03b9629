import { ApiError, type Token } from '@bootcast/contract'
import type { Desk } from './commands/command.ts'
import { clientFor } from './connection.ts'
import { exitCodes, Failure } from './failure.ts'

/** RFC 8628 §3.5: what `slow_down` adds. */
const slowerSeconds = 5
const mostSeconds = 60

/** Answers after which it is asked again, and how long is waited before: the others end the sign-in. */
const nextSeconds: Readonly<Record<string, (seconds: number) => number>> = {
  authorization_pending: (seconds) => seconds,
  slow_down: (seconds) => seconds + slowerSeconds,
  too_many_requests: (seconds) => Math.min(seconds * 2, mostSeconds),
  stopping: (seconds) => Math.min(seconds * 2, mostSeconds),
  unreachable: (seconds) => Math.min(seconds * 2, mostSeconds),
}

type Ending = { readonly what: string; readonly why: string; readonly todo: string }

const endings: Readonly<Record<string, Ending>> = {
  access_denied: {
    what: 'The sign-in was denied.',
    why: 'Somebody who is signed in on the page denied it, or may not sign in any more.',
    todo: 'If that was not meant, run the command again and approve the new code.',
  },
  expired_token: {
    what: 'The code is not good any more.',
    why: 'It was not approved within ten minutes, its answer was lost on the way, or the platform was restarted.',
    todo: 'Run the command again and approve the new code.',
  },
  not_found: {
    what: 'This platform does not let the command sign in by a browser.',
    why: 'It is older than this command.',
    todo: 'Update the platform, or sign in with --user NAME and a password.',
  },
}

/**
 * A token for whoever approves this command in a browser, on any computer: the device authorization flow of RFC 8628.
 * @throws {Failure} when it is denied or takes too long
 */
export async function signInByBrowser({ world, output }: Desk, url: string): Promise<Token> {
  const client = clientFor(world, url)
  const host = hostNameOf(world.hostName)
  const begun = await client.call('beginCommandSignIn', { body: { host } }).catch(ended)
  const { deviceCode, code, seconds, intervalSeconds } = begun
  const open = begun.verificationUri ?? `${url}/activate`
  const endsAt = world.now() + seconds * 1000
  output.prompt({ open, code, seconds }, `Open ${open} and enter ${code}`)
  for (let waitSeconds = intervalSeconds; ; ) {
    await world.wait(waitSeconds * 1000)
    try {
      return await client.call('finishCommandSignIn', { body: { deviceCode } })
    } catch (error) {
      const next = nextSeconds[codeOf(error)]
      if (next === undefined || world.signal.aborted) return ended(error)
      if (world.now() >= endsAt) return ended(error, 'expired_token')
      waitSeconds = next(waitSeconds)
    }
  }
}

/** Letters that every platform takes, 64 at most. */
function hostNameOf(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '')
  return plain === '' ? 'unnamed' : plain.slice(0, 64)
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if (error.name === 'TimeoutError') return 'unreachable'
  return 'code' in error ? String(error.code) : ''
}

/** @throws {Failure} where the answer means something to somebody who signs in; else the error itself */
function ended(error: unknown, code = error instanceof ApiError ? error.code : ''): never {
  const ending = endings[code]
  if (ending === undefined) throw error
  const { what, why, todo } = ending
  throw new Failure(what, { code, why, todo }, exitCodes.refused)
}
