import { createHash } from 'node:crypto'
import {
  ApiError,
  type Client,
  createClient,
  type Image,
  type Release,
  Unreachable,
} from '@bootcast/contract'
import { steady } from '../../publishing/fetch/steady.ts'
import { contentOf, type Told, toldOf } from '../content-of.ts'
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

const answerBytes = 4 * 1024 * 1024
/** All answers to one look. */
const lookBytes = 64 * 1024 * 1024
const pageItems = 100
const mostPages = 100

/**
 * Images of another platform: of each, the release that a channel there points to now, as a bundle. Memory of a look:
 * one answer, and of each release its name and a digest.
 */
export class BootcastSource implements ImageSource {
  readonly #host: OtherHost
  readonly #follow: string

  constructor({ url, token, follow, documentMs }: BootcastSourceOptions) {
    const headers = { authorization: `Bearer ${token}` }
    this.#host = new OtherHost({ url, documentMs, credentials: (path) => ({ path, headers }) })
    this.#follow = follow
  }

  async list(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Offer[]> {
    const client = createClient({ url: this.#host.url, fetch: fetchBy(this.#host) })
    const offers: Offer[] = []
    let wanted = 0
    try {
      for await (const image of imagesOf(client, signal)) {
        if (!isWanted(image.name)) continue
        if (++wanted > mostOffers) throw tooMany()
        const release = await this.#followed(client, image, signal)
        if (release !== undefined) offers.push(this.#offerOf(release))
      }
      return offers
    } catch (error) {
      throw failureOf(error)
    }
  }

  async #followed(
    client: Client,
    { name, channels, newest }: Image,
    signal: AbortSignal,
  ): Promise<Release | undefined> {
    const number = channels.find((channel) => channel.name === this.#follow)?.number
    if (number === undefined) return undefined
    return newest?.number === number
      ? newest
      : await client.call('showRelease', { params: { name, number }, signal })
  }

  #offerOf({ image, number, createdAt, variants }: Release): Offer {
    const title = `${image}@${number}`
    const content = digestOf(variants)
    const path = `api/v1/images/${encodeURIComponent(image)}/releases/${number}/bundle`
    return {
      ...{ key: `${title} ${createdAt}`, title, name: image },
      isRelease: (release) =>
        release.variants[0]?.config.provenance[0]?.name === title &&
        digestOf(release.variants.map(toldOf)) === content,
      unlike: (made) =>
        digestOf(made.map(toldOf)) === content
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

const digestOf = (variants: readonly Told[]): string =>
  createHash('sha256').update(contentOf(variants)).digest('base64')

async function* imagesOf(client: Client, signal: AbortSignal): AsyncGenerator<Image> {
  let after: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const { items, next } = await client.call('listImages', {
      query: { limit: pageItems, ...(after !== undefined && { after }) },
      signal,
    })
    yield* items
    if (next === undefined) return
    after = next
  }
  throw tooMany()
}

const tooMany = () =>
  new SourceFailed(`There are more than ${mostOffers} images: say which are wanted, with --only.`)

/** What the contract's client calls to ask, for one look: bounded, and never led to another host. */
function fetchBy(host: OtherHost): typeof fetch {
  let left = lookBytes
  return async (input, init) => {
    const path = String(input).slice(host.url.length)
    const signal = init?.signal ?? new AbortController().signal
    const { status, text } = await host.document(path, 'application/json', answerBytes, signal)
    left -= Buffer.byteLength(text)
    if (left < 0)
      throw new SourceFailed(
        `What the platform answers is larger than ${lookBytes / 1024 / 1024} MiB in all: say which images are wanted, with --only.`,
      )
    return new Response(text === '' || [204, 304].includes(status) ? null : text, { status })
  }
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
