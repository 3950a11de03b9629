import { createHmac } from 'node:crypto'
import { type Answer, bytesOf, exchange, HostFailed } from '@bootcast/image'
import { nameIn } from '../publishing/fetch/fetched.ts'
import { steady } from '../publishing/fetch/steady.ts'
import type { MadeInput } from '../publishing/take-input.ts'
import { type Build, BuildRefused, BuildStopped } from './build.ts'
import type { WebhookBuilder } from './builder.ts'
import { noteOf } from './progress-lines.ts'

const mostAnswer = 16 * 1024
const answerMs = 20_000

export type Callback = {
  /** Where the other end reports. */
  readonly report: string
  /** What it reports with. Good for this build, while that is under way. */
  readonly token: string
}

/** Asks the other end to begin. @returns what it calls its job @throws {BuildStopped} when it does not take it */
export async function beginJob(
  builder: WebhookBuilder,
  { id, image, parameters }: Build,
  callback: Callback,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { timeoutSeconds } = builder
  const said = await post(builder, { build: id, image, parameters, ...callback, timeoutSeconds }, signal)
  const { job } = jsonIn(said)
  return typeof job === 'string' || typeof job === 'number' ? noteOf(String(job)) : undefined
}

/** Tells the other end that nobody waits any more. Best effort: never rejects. */
export async function cancelJob(
  builder: WebhookBuilder,
  { id, job }: Pick<Build, 'id' | 'job'>,
): Promise<void> {
  const told = { build: id, cancel: true, ...(job !== undefined && { job }) }
  await post(builder, told, AbortSignal.timeout(2_000)).catch(() => undefined)
}

/**
 * The file that the other end has made, as an input. Fetched without the check of addresses that others' wishes get,
 * so only from where the operator said, and without a redirect. @throws {BuildRefused} for another place
 */
export function delivered(
  { name, url, origins }: WebhookBuilder,
  output: { readonly url: string; readonly digest: string },
): MadeInput {
  const place = URL.parse(output.url)
  const allowed = [url.origin, ...origins]
  if (place === null || !allowed.includes(place.origin) || place.username !== '' || place.password !== '')
    throw new BuildRefused(
      'address_refused',
      `The output of ${name} is fetched from ${allowed.join(', ')} only.`,
    )
  return { name: nameIn(place.pathname), digest: output.digest, made: (signal) => fetched(place, signal) }
}

async function* fetched(url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const ending = new AbortController()
  try {
    const answer = await exchange({
      ...{ url, method: 'GET' },
      headers: { 'user-agent': 'bootcast', 'accept-encoding': 'identity' },
      signal: AbortSignal.any([signal, ending.signal]),
    })
    if (answer.status !== 200)
      throw new BuildStopped(
        'build_output_unusable',
        `${url.host} answers with status ${answer.status} for its output.`,
      )
    yield* steady(bytesOf(answer))
  } catch (error) {
    throw error instanceof HostFailed
      ? new BuildStopped('build_output_unusable', error.message, { cause: error })
      : error
  } finally {
    ending.abort()
  }
}

/** Signed as docs/operate/builds.md says: HMAC-SHA256 over time, full stop and body. */
export function signatureOf(secret: string, seconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}

async function post({ url, secret }: WebhookBuilder, told: object, ending: AbortSignal): Promise<string> {
  const body = JSON.stringify(told)
  const bytes = Buffer.from(body)
  const signal = AbortSignal.any([ending, AbortSignal.timeout(answerMs)])
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'bootcast',
    'bootcast-signature': signatureOf(secret, Math.floor(Date.now() / 1000), body),
  }
  try {
    const answer = await exchange({
      ...{ url, method: 'POST', headers, signal },
      body: { size: bytes.length, bytes: () => once(bytes) },
    })
    const said = await shortText(answer)
    if (answer.status >= 200 && answer.status < 300) return said
    const why = noteOf(said)
    throw new BuildStopped(
      'build_failed',
      `${url.host} answers with status ${answer.status}${why === undefined ? '.' : `: ${why}`}`,
    )
  } catch (error) {
    ending.throwIfAborted()
    if (error instanceof BuildStopped) throw error
    const why = signal.aborted ? `${url.host} does not answer in time.` : (error as Error).message
    throw new BuildStopped('build_failed', why, { cause: error })
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The start of it. */
async function shortText(answer: Answer): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of bytesOf(answer)) {
    parts.push(part)
    size += part.length
    if (size > mostAnswer) break
  }
  answer.body.destroy()
  return Buffer.concat(parts).subarray(0, mostAnswer).toString('utf8')
}

function jsonIn(text: string): { readonly job?: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    // What it answers is its own matter, as long as it has taken the job.
    return {}
  }
}
