import type { Image as ShownImage, Release as ShownRelease } from '@bootcast/contract'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { Publisher } from '../catalogue/publish.ts'
import type { Image, Release } from '../catalogue/release.ts'
import type { Handlers } from './handlers.ts'

type ImageCalls = 'listImages' | 'showImage' | 'removeImage' | 'publishRelease' | 'showRelease'
export type ImageHandlersOptions = { readonly catalogue: CatalogueStore; readonly publish: Publisher }

export function imageHandlers({ catalogue, publish }: ImageHandlersOptions): Pick<Handlers, ImageCalls> {
  return {
    async listImages({ query }) {
      const { items, next } = await catalogue.listImages(query)
      return { items: items.map(shownImage), ...(next !== undefined && { next }) }
    },
    async showImage({ params }) {
      const image = await catalogue.findImage(params.name)
      const releases = await catalogue.releasesOf(params.name)
      return { ...shownImage(image), releases: releases.map(shownRelease) }
    },
    async removeImage({ params }) {
      await catalogue.removeImage(params.name)
      return undefined
    },
    async publishRelease({ params, body, user }) {
      return shownRelease(await publish({ image: params.name, ...body, user }))
    },
    async showRelease({ params }) {
      return shownRelease(await catalogue.findRelease(params.name, params.number))
    },
  }
}

export function settingsHandlers(
  catalogue: CatalogueStore,
): Pick<Handlers, 'showSettings' | 'changeSettings'> {
  const settings = async () => ({ defaultImage: (await catalogue.defaultImage()) ?? null })
  return {
    showSettings: settings,
    async changeSettings({ body }) {
      if (body.defaultImage !== undefined) await catalogue.setDefaultImage(body.defaultImage ?? undefined)
      return await settings()
    },
  }
}

const shownImage = ({ name, createdAt, isDefault, machines, newest }: Image): ShownImage => ({
  name,
  createdAt: new Date(createdAt).toISOString(),
  isDefault,
  machines,
  ...(newest !== undefined && { newest: shownRelease(newest) }),
})

const shownRelease = (release: Release): ShownRelease => ({
  ...release,
  initrds: [...release.initrds],
  createdAt: new Date(release.createdAt).toISOString(),
})
