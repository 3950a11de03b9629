import {
  type AddressCheck,
  digestOf,
  parseRegistryReference,
  RegistryClient,
  type RegistryReference,
  RegistryRefused,
} from '@bootcast/image'
import { createFetcher } from '../../publishing/fetch/fetcher.ts'
import { type ImageSource, type Offer, SourceFailed } from '../image-source.ts'

export type OciSourceOptions = {
  /** A place in a registry, without a tag. */
  readonly url: string
  readonly user?: string | undefined
  readonly password?: string | undefined
  readonly plainHttp: boolean
  /** The name of the image here; absent: the last part of the place. */
  readonly image?: string | undefined
  /** For where the registry leads to; absent: anywhere. */
  readonly checkAddress?: AddressCheck | undefined
}

/** Each of them costs a question at each look. */
const mostTags = 200

/** `v9` before `v10`. */
const order = new Intl.Collator('en', { numeric: true })

/**
 * Tags of a repository: bundles, or container images with a system in them. All tags are of one image; what is new is
 * taken in the order of their names, numbers by value, so that the last is what a channel then follows. A tag that
 * moves is another thing; two tags of the same digest are one.
 */
export class OciSource implements ImageSource {
  readonly #options: OciSourceOptions

  constructor(options: OciSourceOptions) {
    this.#options = options
  }

  async list(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Offer[]> {
    const client = new RegistryClient(this.#place, { ...this.#options, signal })
    try {
      const tags = (await client.tags()).filter((tag) => !isOfAnother(tag) && isWanted(tag))
      if (tags.length > mostTags)
        throw new SourceFailed(
          `There are ${tags.length} tags, and ${mostTags} at most are looked at: say which are wanted, with --only.`,
        )
      const byDigest = new Map<string, string>()
      for (const tag of tags.toSorted(order.compare)) {
        const manifest = await client.manifest(tag)
        if (manifest === undefined) continue
        const digest = digestOf(manifest)
        // The last of its tags says where it stands in the order.
        byDigest.delete(digest)
        byDigest.set(digest, tag)
      }
      return [...byDigest].map(([digest, tag]) => this.#offerOf(digest, tag))
    } catch (error) {
      if (!(error instanceof RegistryRefused)) throw error
      throw new SourceFailed(error.message, { cause: error })
    }
  }

  get #place(): RegistryReference {
    return parseRegistryReference(this.#options.url)
  }

  #offerOf(digest: string, tag: string): Offer {
    const { url, user, password, plainHttp, checkAddress, image } = this.#options
    const s3 = { access: { region: 'us-east-1' }, store: undefined }
    return {
      ...{ key: digest, title: tag, name: image ?? this.#place.repository.split('/').at(-1) ?? '' },
      // Of a bundle the digest is the release’s; a container image is known by what is made of it.
      isRelease: ({ variants: [variant] }) => variant?.config.provenance[0]?.digest === digest,
      input: {
        ...{ url: `${url}:${tag}`, digest, fetcher: createFetcher({ checkAddress, s3 }) },
        registry: { plainHttp, user, password },
      },
    }
  }
}

/** Signatures and lists of referrers stand beside what they are of, under tags of this form. */
const isOfAnother = (tag: string): boolean => /^sha256-[0-9a-f]{64}/.test(tag)
