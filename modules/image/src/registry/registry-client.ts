import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { mediaTypes } from '../bundle/documents.ts'

/** A place in a registry: `oci://registry.example:5000/team/demo:stable`. */
export type RegistryReference = { readonly host: string; readonly repository: string; readonly tag: string }

export class RegistryRefused extends Error {
  override readonly name = 'RegistryRefused'
  readonly code = 'registry_refused'
}

export type RegistryOptions = {
  /** HTTP instead of HTTPS. */
  readonly plainHttp: boolean
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly signal: AbortSignal
}

/** OCI distribution-spec 1.1, "Pulling manifests": the forms of a name and a tag. @throws {RegistryRefused} */
export function parseRegistryReference(text: string): RegistryReference {
  const form =
    /^oci:\/\/([A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?$/
  const [, host, repository, tag = 'latest'] = form.exec(text) ?? []
  if (host === undefined || repository === undefined || repository.length > 255)
    throw new RegistryRefused(
      `“${text.slice(0, 200)}” is no place in a registry: write it as oci://registry.example/team/demo:tag.`,
    )
  return { host, repository, tag }
}

type Send = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly bytes: () => AsyncIterable<Uint8Array>; readonly size: number }
  /** Statuses that are an answer; any other is an error. */
  readonly expect: readonly number[]
}
type Answer = Readable & {
  readonly statusCode?: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

const documentLimit = 4 * 1024 * 1024
const silenceMs = 60_000
const anyManifest = `${mediaTypes.index}, ${mediaTypes.manifest}`

/** As much of a registry as bundles need. */
export class RegistryClient {
  readonly #reference: RegistryReference
  readonly #options: RegistryOptions
  #authorization: string | undefined

  constructor(reference: RegistryReference, options: RegistryOptions) {
    this.#reference = reference
    this.#options = options
  }

  /** A manifest or an index, by tag or digest; `undefined`: there is none. */
  async manifest(name: string): Promise<Buffer | undefined> {
    const answer = await this.#send({
      method: 'GET',
      path: `/manifests/${name}`,
      headers: { accept: anyManifest },
      expect: [200, 404],
    })
    const bytes = await limited(answer)
    return answer.statusCode === 200 ? bytes : undefined
  }

  async putManifest(name: string, mediaType: string, bytes: Buffer): Promise<void> {
    const headers = { 'content-type': mediaType }
    const body = { bytes: () => once(bytes), size: bytes.length }
    await drained(
      await this.#send({ method: 'PUT', path: `/manifests/${name}`, headers, body, expect: [201] }),
    )
  }

  async hasBlob(digest: string): Promise<boolean> {
    const answer = await this.#send({ method: 'HEAD', path: `/blobs/${digest}`, expect: [200, 404] })
    await drained(answer)
    return answer.statusCode === 200
  }

  /** The registry checks the digest; nothing is there before. */
  async putBlob(digest: string, size: number, bytes: () => AsyncIterable<Uint8Array>): Promise<void> {
    const begun = await this.#send({ method: 'POST', path: '/blobs/uploads/', expect: [202] })
    await drained(begun)
    const { location } = begun.headers
    if (typeof location !== 'string')
      throw new RegistryRefused('The registry does not say where to upload to.')
    const url = new URL(location, this.#base)
    if (url.host !== new URL(this.#base).host)
      throw new RegistryRefused(`The registry sends uploads to another host, ${url.host}.`)
    url.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const path = url.pathname + url.search
    await drained(await this.#send({ method: 'PUT', path, headers, body: { bytes, size }, expect: [201] }))
  }

  /** Bytes that nobody has checked yet. */
  async blob(digest: string): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#send({
      method: 'GET',
      path: `/blobs/${digest}`,
      expect: [200],
    })) as AsyncIterable<Uint8Array>
  }

  get #base(): string {
    return `${this.#options.plainHttp ? 'http' : 'https'}://${this.#reference.host}`
  }

  async #send(wanted: Send): Promise<Answer> {
    const path = wanted.path.startsWith('/v2/')
      ? wanted.path
      : `/v2/${this.#reference.repository}${wanted.path}`
    const url = new URL(path, this.#base)
    let answer = await this.#once(url, wanted)
    if (answer.statusCode === 401 && (await this.#signIn(answer))) answer = await this.#once(url, wanted)
    for (
      let hop = 0;
      [301, 302, 307, 308].includes(answer.statusCode ?? 0) && wanted.method === 'GET' && hop < 3;
      hop++
    ) {
      await drained(answer)
      answer = await send(new URL(String(answer.headers['location']), url), wanted, {}, this.#options.signal)
    }
    if (wanted.expect.includes(answer.statusCode ?? 0)) return answer
    throw new RegistryRefused(await words(answer, this.#reference))
  }

  #once(url: URL, wanted: Send): Promise<Answer> {
    const own = this.#authorization === undefined ? {} : { authorization: this.#authorization }
    return send(url, wanted, own, this.#options.signal)
  }

  /** Basic, or a token from where the registry says (distribution's token authentication). Whether it may help. */
  async #signIn(answer: Answer): Promise<boolean> {
    await drained(answer)
    const challenge = String(answer.headers['www-authenticate'] ?? '')
    const { user, password } = this.#options
    const basic =
      user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}`
    if (/^basic/i.test(challenge) && basic !== undefined && this.#authorization !== basic) {
      this.#authorization = basic
      return true
    }
    const realm = /realm="([^"]+)"/.exec(challenge)?.[1]
    if (!/^bearer/i.test(challenge) || realm === undefined || this.#authorization !== undefined) return false
    const url = new URL(realm)
    for (const key of ['service', 'scope']) {
      const value = new RegExp(`${key}="([^"]+)"`).exec(challenge)?.[1]
      if (value !== undefined) url.searchParams.set(key, value)
    }
    const wanted: Send = { method: 'GET', path: '', expect: [200] }
    const told = await send(
      url,
      wanted,
      basic === undefined ? {} : { authorization: basic },
      this.#options.signal,
    )
    if (told.statusCode !== 200) throw new RegistryRefused(await words(told, this.#reference))
    const { token, access_token: other } = JSON.parse(String(await limited(told))) as Record<string, unknown>
    this.#authorization = `Bearer ${token ?? other}`
    return true
  }
}

function send(
  url: URL,
  wanted: Send,
  more: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Answer> {
  const { method, body } = wanted
  const length =
    body === undefined
      ? method === 'POST'
        ? { 'content-length': '0' }
        : {}
      : { 'content-length': String(body.size) }
  const headers = { ...wanted.headers, ...length, ...more }
  const start = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve, reject) => {
    const request = start(url, { method, headers, signal, timeout: silenceMs })
    request.once('response', resolve)
    request.once('timeout', () =>
      request.destroy(new RegistryRefused(`${url.host} has said nothing for a minute.`)),
    )
    request.on('error', (cause) =>
      reject(
        cause instanceof RegistryRefused || signal.aborted
          ? cause
          : new RegistryRefused(`The registry ${url.host} cannot be reached: ${cause.message}`, { cause }),
      ),
    )
    if (body === undefined) request.end()
    else pipeline(Readable.from(body.bytes(), { objectMode: false }), request).catch(reject)
  })
}

async function limited(answer: Answer): Promise<Buffer> {
  let size = 0
  answer.on('data', (part: Buffer) => {
    size += part.length
    if (size > documentLimit)
      answer.destroy(new RegistryRefused('The registry answers with more than documents are.'))
  })
  return await buffer(answer)
}

const drained = async (answer: Answer) => void (await limited(answer))

/** What the registry says (distribution-spec, "Error codes"). */
async function words(answer: Answer, { host, repository }: RegistryReference): Promise<string> {
  const text = String(await limited(answer).catch(() => ''))
  const found = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1]
  const status = answer.statusCode ?? 0
  const hint = status === 401 || status === 403 ? ' Sign in with --user and --password-file.' : ''
  return `${host}/${repository} answers ${status}${found === undefined ? '' : `: ${found}`}.${hint}`
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
