import { digestOf } from '../bundle/bundle.ts'
import { mediaTypes } from '../bundle/documents.ts'
import { type AddressCheck, type Answer, bytesOf, documentOf, exchange, HostFailed } from './exchange.ts'
import {
  isDigest,
  isThisComputer,
  RegistryCorrupt,
  type RegistryReference,
  RegistryRefused,
} from './registry-reference.ts'
import { RegistrySignIn } from './registry-sign-in.ts'
import { nextPage, tagLimits, tagsIn } from './registry-tags.ts'

export type RegistryOptions = {
  /** HTTP instead of HTTPS. A registry on this computer is talked to so without being told. */
  readonly plainHttp: boolean
  readonly user?: string | undefined
  readonly password?: string | undefined
  /** For every address on the way: the registry, where it sends for tokens, where it redirects to. */
  readonly checkAddress?: AddressCheck | undefined
  readonly signal: AbortSignal
}

type Send = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly bytes: () => AsyncIterable<Uint8Array>; readonly size: number }
  /** Statuses that are an answer; any other is an error. */
  readonly expect: readonly number[]
}

export const documentLimit = 4 * 1024 * 1024
const mostRedirects = 3
const anyManifest = [
  mediaTypes.index,
  mediaTypes.manifest,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/**
 * As much of a registry as bundles and container images need (OCI distribution-spec 1.1).
 * @throws {RegistryRefused} what the registry says, or that it does not; and what `checkAddress` throws
 */
export class RegistryClient {
  readonly reference: RegistryReference
  readonly #options: RegistryOptions
  readonly #signIn: RegistrySignIn

  constructor(reference: RegistryReference, options: RegistryOptions) {
    this.reference = reference
    this.#options = options
    this.#signIn = new RegistrySignIn(options)
  }

  /** A manifest or an index, by tag or digest; `undefined`: there is none. @throws {RegistryCorrupt} */
  async manifest(name: string): Promise<Buffer | undefined> {
    const headers = { accept: anyManifest }
    const answer = await this.#send({
      method: 'GET',
      path: `/manifests/${name}`,
      headers,
      expect: [200, 404],
    })
    const bytes = await this.#document(answer)
    if (answer.status === 404) return undefined
    const announced = isDigest(name) ? name : String(answer.headers['docker-content-digest'] ?? '')
    if (isDigest(announced) && digestOf(bytes) !== announced)
      throw new RegistryCorrupt(`The registry gives other bytes for ${announced}.`)
    return bytes
  }

  /** All tags of the repository, in no order. @throws {RegistryRefused} also for more than 10,000 */
  async tags(): Promise<readonly string[]> {
    const found = new Set<string>()
    const first = `/v2/${this.reference.repository}/tags/list?n=${tagLimits.page}`
    let path: string | undefined = first
    for (let page = 0; path !== undefined; page++) {
      const answer: Answer = await this.#send({ method: 'GET', path, expect: [200] })
      for (const tag of tagsIn(await this.#document(answer))) found.add(tag)
      if (found.size > tagLimits.tags || page >= tagLimits.pages)
        throw new RegistryRefused(`The registry has more than ${tagLimits.tags} tags there.`)
      path = nextPage(answer.headers['link'], first)
    }
    return [...found]
  }

  async putManifest(name: string, mediaType: string, bytes: Buffer): Promise<void> {
    const headers = { 'content-type': mediaType }
    const body = { bytes: () => once(bytes), size: bytes.length }
    await this.#document(
      await this.#send({ method: 'PUT', path: `/manifests/${name}`, headers, body, expect: [201] }),
    )
  }

  async hasBlob(digest: string): Promise<boolean> {
    const answer = await this.#send({ method: 'HEAD', path: `/blobs/${digest}`, expect: [200, 404] })
    await this.#document(answer)
    return answer.status === 200
  }

  /** The registry checks the digest; nothing is there before. */
  async putBlob(digest: string, size: number, bytes: () => AsyncIterable<Uint8Array>): Promise<void> {
    const begun = await this.#send({ method: 'POST', path: '/blobs/uploads/', expect: [202] })
    await this.#document(begun)
    const { location } = begun.headers
    const url = URL.parse(location ?? '', this.#base)
    if (location === undefined || url === null)
      throw new RegistryRefused('The registry does not say where to upload to.')
    if (url.host !== new URL(this.#base).host)
      throw new RegistryRefused(`The registry sends uploads to another host, ${url.host}.`)
    url.searchParams.set('digest', digest)
    const headers = { 'content-type': 'application/octet-stream' }
    const path = url.pathname + url.search
    await this.#document(
      await this.#send({ method: 'PUT', path, headers, body: { bytes, size }, expect: [201] }),
    )
  }

  /** Bytes that nobody has checked yet. */
  async *blob(digest: string): AsyncGenerator<Uint8Array> {
    const answer = await this.#send({ method: 'GET', path: `/blobs/${digest}`, expect: [200] })
    try {
      yield* bytesOf(answer)
    } catch (error) {
      throw told(error)
    }
  }

  get #base(): string {
    const { host } = this.reference
    return `${this.#options.plainHttp || isThisComputer(host) ? 'http' : 'https'}://${host}`
  }

  async #send(wanted: Send): Promise<Answer> {
    const path = wanted.path.startsWith('/v2/')
      ? wanted.path
      : `/v2/${this.reference.repository}${wanted.path}`
    try {
      const answer = await this.#followed(new URL(path, this.#base), wanted)
      if (wanted.expect.includes(answer.status)) return answer
      throw new RegistryRefused(await this.#words(answer))
    } catch (error) {
      throw told(error)
    }
  }

  async #followed(first: URL, wanted: Send): Promise<Answer> {
    let url = first
    let answer = await this.#once(url, wanted)
    if (answer.status === 401 && (await this.#signIn.answerTo(answer))) {
      answer.body.destroy()
      answer = await this.#once(url, wanted)
    }
    for (let hop = 0; isRedirect(answer) && wanted.method === 'GET'; hop++) {
      answer.body.destroy()
      const next = URL.parse(answer.headers.location ?? '', url)
      if (next === null || hop === mostRedirects)
        throw new RegistryRefused(`The registry ${answer.host} leads from one address to the next.`)
      url = next
      answer = await this.#once(url, wanted)
    }
    return answer
  }

  /** Only the registry itself is told who asks. */
  #once(url: URL, { method, headers = {}, body }: Send): Promise<Answer> {
    const { checkAddress, signal } = this.#options
    const own = url.origin === this.#base ? this.#signIn.headers : {}
    return exchange({ url, method, headers: { ...headers, ...own }, body, checkAddress, signal })
  }

  async #document(answer: Answer): Promise<Buffer> {
    return await documentOf(answer, documentLimit).catch((error: unknown) => {
      throw told(error)
    })
  }

  /** What the registry says (distribution-spec, "Error codes"). */
  async #words(answer: Answer): Promise<string> {
    const text = String(await documentOf(answer, documentLimit).catch(() => ''))
    const found = /"message"\s*:\s*"([^"]{1,200})"/.exec(text)?.[1]
    const { status } = answer
    const { host, repository } = this.reference
    const hint = status === 401 || status === 403 ? ` ${this.#signIn.hint}` : ''
    return `${host}/${repository} answers ${status}${found === undefined ? '' : `: ${found}`}.${hint}`
  }
}

const isRedirect = ({ status }: Answer) => [301, 302, 303, 307, 308].includes(status)

const told = (error: unknown) =>
  error instanceof HostFailed
    ? new RegistryRefused(`The registry cannot be used: ${error.message}`, { cause: error })
    : error

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
