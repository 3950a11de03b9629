import {
  ApiError,
  type Client,
  createClient,
  type Image,
  type Release,
  Unreachable,
} from '@bootcast/contract'
import { steady } from '../../publishing/fetch/steady.ts'
import { contentOf, toldOf } from '../content-of.ts'
import { type ImageSource, mostOffers, type Offer, OfferRefused, SourceFailed } from '../image-source.ts'
import { OtherHost } from '../other-host.ts'

export type BootcastSourceOptions = {
  readonly url: string
  /** Of somebody there who sees images. */
  readonly token: string
  /** The channel there whose releases are taken. */
  readonly follow: string
  readonly documentMs?: number | undefined
}

const documentBytes = 16 * 1024 * 1024
const pageItems = 500
const mostPages = 20

/** Images of another platform: of each, the release that a channel there points to now, as a bundle. */
export class BootcastSource implements ImageSource {
  readonly #host: OtherHost
  readonly #client: Client
  readonly #follow: string

  constructor({ url, token, follow, documentMs }: BootcastSourceOptions) {
    const headers = { authorization: `Bearer ${token}` }
    this.#host = new OtherHost({ url, documentMs, credentials: (path) => ({ path, headers }) })
    this.#client = createClient({ url, fetch: fetchBy(this.#host) })
    this.#follow = follow
  }

  async list(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Offer[]> {
    try {
      const releases: Release[] = []
      for (const image of await this.#images(isWanted, signal)) {
        const release = await this.#followed(image, signal)
        if (release !== undefined) releases.push(release)
      }
      return releases.map((release) => this.#offerOf(release))
    } catch (error) {
      throw failureOf(error)
    }
  }

  async #images(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Image[]> {
    const found: Image[] = []
    let after: string | undefined
    for (let page = 0; page < mostPages; page++) {
      const { items, next } = await this.#client.call('listImages', {
        query: { limit: pageItems, ...(after !== undefined && { after }) },
        signal,
      })
      found.push(...items.filter(({ name }) => isWanted(name)))
      if (found.length > mostOffers) break
      if (next === undefined) return found
      after = next
    }
    throw new SourceFailed(`There are more than ${mostOffers} images: say which are wanted, with --only.`)
  }

  async #followed({ name, channels, newest }: Image, signal: AbortSignal): Promise<Release | undefined> {
    const number = channels.find((channel) => channel.name === this.#follow)?.number
    if (number === undefined) return undefined
    return newest?.number === number
      ? newest
      : await this.#client.call('showRelease', { params: { name, number }, signal })
  }

  #offerOf({ image, number, createdAt, variants }: Release): Offer {
    const title = `${image}@${number}`
    const content = contentOf(variants)
    const path = `api/v1/images/${encodeURIComponent(image)}/releases/${number}/bundle`
    return {
      ...{ key: `${title} ${createdAt}`, title, name: image },
      isRelease: (release) =>
        release.variants[0]?.config.provenance[0]?.name === title &&
        contentOf(release.variants.map(toldOf)) === content,
      unlike: (made) =>
        contentOf(made.map(toldOf)) === content
          ? undefined
          : `Its bundle has other files than the platform lists for ${title}.`,
      input: {
        url: new URL(path, this.#host.url).href,
        fetcher: async (_, signal) => {
          const { size, bytes } = await this.#host.file(path, signal, (status) =>
            status === 404
              ? new OfferRefused(`${title} is not there any more.`)
              : new SourceFailed(`The platform answers ${status} for the bundle of ${title}.`),
          )
          return { bytes: steady(bytes), size, name: `${image}-${number}.pxe` }
        },
      },
    }
  }
}

/** What the contract's client calls to ask: bounded, and never led to another host. */
const fetchBy =
  (host: OtherHost): typeof fetch =>
  async (input, init) => {
    const path = String(input).slice(host.url.length)
    const signal = init?.signal ?? new AbortController().signal
    const { status, text } = await host.document(path, 'application/json', documentBytes, signal)
    return new Response(text === '' || [204, 304].includes(status) ? null : text, { status })
  }

function failureOf(error: unknown): unknown {
  if (error instanceof ApiError && error.problem.status === 401)
    return new SourceFailed('The platform refuses the token: it is wrong, or has ended.', { cause: error })
  if (error instanceof ApiError)
    return new SourceFailed(`The platform refuses: ${error.message.slice(0, 300)}`, { cause: error })
  if (!(error instanceof Unreachable)) return error
  if (error.cause instanceof SourceFailed) return error.cause
  return new SourceFailed('What answers there is no Bootcast platform, or one of another version.', {
    cause: error,
  })
}
