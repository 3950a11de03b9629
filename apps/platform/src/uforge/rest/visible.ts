import { type Image, ImageNotFound, type Release, ReleaseNotFound } from '@bootcast/catalogue'
import { may } from '@bootcast/contract'
import { Refused } from '../../api/problem-response.ts'
import type { Generation } from '../release-builder.ts'
import { type Numbered, numbered } from '../uforge-numbers.ts'
import type { Asker } from '../uforge-people.ts'
import type { Forge, NumberedImage, NumberedRelease } from './forge.ts'

const imagesAtOnce = 500
/** In one answer: some 7 MB of XML. */
const mostReleases = 5_000

/** What somebody sees: all for whose role reads images, as by our own API, and what they may boot for all others. */
export async function visibleImages(forge: Forge, asker: Asker): Promise<readonly NumberedImage[]> {
  const images = (await canSeeAll(forge, asker)) ? await allImages(forge) : await grantedImages(forge, asker)
  const ids = await forge.numbers.numbersOf(images.map(({ name }) => ({ kind: 'image', name })))
  return images.map((image) => ({ image, id: ids.get(`image ${image.name}`) ?? 0 }))
}

const canSeeAll = async ({ rights }: Forge, { name, role }: Asker): Promise<boolean> =>
  may(role, 'images.read') || (await rights.allowedImages(name)) === 'all'

async function canSee(forge: Forge, asker: Asker, image: string): Promise<boolean> {
  if (may(asker.role, 'images.read')) return true
  const allowed = await forge.rights.allowedImages(asker.name)
  return allowed === 'all' || allowed.has(image)
}

async function allImages({ catalogue }: Forge): Promise<readonly Image[]> {
  const found: Image[] = []
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const { items, next } = await catalogue.listImages({ limit: imagesAtOnce, after })
    found.push(...items)
    after = next
  }
  return found
}

async function grantedImages({ catalogue, rights }: Forge, { name }: Asker): Promise<readonly Image[]> {
  const allowed = await rights.allowedImages(name)
  if (allowed === 'all') return []
  const found: Image[] = []
  for (const image of [...allowed].sort()) {
    const one = await catalogue.findImage(image).catch(unlessGone)
    if (one !== undefined) found.push(one)
  }
  return found
}

/** Between two look-ups somebody may remove it. */
function unlessGone(error: unknown): undefined {
  if (error instanceof ImageNotFound || error instanceof ReleaseNotFound) return undefined
  throw error
}

/** Of these images, image by image, the newest first; 5,000 at most. */
export async function releasesIn(
  { catalogue, numbers }: Forge,
  images: readonly NumberedImage[],
): Promise<readonly NumberedRelease[]> {
  const found: { release: Release; imageId: number }[] = []
  for (const { image, id: imageId } of images) {
    if (found.length >= mostReleases) break
    const releases = (await catalogue.releasesOf(image.name).catch(unlessGone)) ?? []
    found.push(...releases.map((release) => ({ release, imageId })))
  }
  const shown = found.slice(0, mostReleases)
  const ids = await numbers.numbersOf(
    shown.map(({ release }) => ({ kind: 'release', name: nameOf(release) })),
  )
  return shown.map((each) => ({ ...each, id: ids.get(`release ${nameOf(each.release)}`) ?? 0 }))
}

export const nameOf = ({ image, number }: { readonly image: string; readonly number: number }): string =>
  `${image}@${number}`

/** @throws {Refused} none of that number, or none that they may see: both in the same words */
export async function visibleImage(forge: Forge, asker: Asker, aid: string): Promise<NumberedImage> {
  const known = await numbered(forge.numbers, aid)
  const isSeen = known?.kind === 'image' && (await canSee(forge, asker, known.name))
  const image = isSeen ? await forge.catalogue.findImage(known.name).catch(unlessGone) : undefined
  if (image === undefined) throw new Refused('not_found', `You see no appliance ${aid.slice(0, 20)}`)
  return { image, id: Number(aid) }
}

type Found =
  | { readonly kind: 'release'; readonly release: NumberedRelease }
  | { readonly kind: 'build'; readonly build: Generation; readonly id: number; readonly imageId: number }

/** A release, or one on its way, of an image. @throws {Refused} */
export async function imageOrBuild(forge: Forge, of: NumberedImage, itid: string): Promise<Found> {
  const known = await numbered(forge.numbers, itid)
  const found = known && (await lookUp(forge, of, known, Number(itid)))
  if (found !== undefined) return found
  throw new Refused('not_found', `The appliance ${of.id} has no image ${itid.slice(0, 20)}`)
}

async function lookUp(
  forge: Forge,
  { image, id: imageId }: NumberedImage,
  { kind, name }: Numbered,
  id: number,
): Promise<Found | undefined> {
  if (kind === 'build') {
    const build = await forge.builder.find(name)
    if (build?.image !== image.name) return undefined
    return build.release === undefined
      ? { kind, build, id, imageId }
      : await releaseOf(forge, { image, id: imageId }, build.release)
  }
  const [of, number] = name.split('@')
  return kind === 'release' && of === image.name
    ? await releaseOf(forge, { image, id: imageId }, Number(number))
    : undefined
}

async function releaseOf(
  { catalogue, numbers }: Forge,
  { image, id: imageId }: NumberedImage,
  number: number,
): Promise<Found | undefined> {
  const release = await catalogue.findRelease(image.name, number).catch(unlessGone)
  if (release === undefined) return undefined
  const name = nameOf(release)
  const ids = await numbers.numbersOf([{ kind: 'release', name }])
  return { kind: 'release', release: { release, id: ids.get(`release ${name}`) ?? 0, imageId } }
}
