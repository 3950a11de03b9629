import type { BootTestSummary, Channel, Followers, Image, Release, Variant } from '@bootcast/catalogue'
import type {
  Channel as ShownChannel,
  Followers as ShownFollowers,
  Image as ShownImage,
  Release as ShownRelease,
  Variant as ShownVariant,
} from '@bootcast/contract'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import type { GarbageCollector } from '../catalogue/garbage.ts'
import type { Publisher } from '../catalogue/publish.ts'
import type { GrantStore } from '../identity/grants.ts'
import type { SettingsStore } from '../policy/settings-store.ts'
import { shownTest } from './boot-test-handlers.ts'
import type { Handlers } from './handlers.ts'

type ImageCalls =
  | 'listImages'
  | 'showImage'
  | 'changeImage'
  | 'removeImage'
  | 'publishRelease'
  | 'showRelease'
  | 'removeRelease'
  | 'collectGarbage'
export type ImageHandlersOptions = {
  readonly catalogue: CatalogueStore
  readonly publish: Publisher
  readonly collectGarbage: GarbageCollector
  readonly grants: Pick<GrantStore, 'grantsOf'>
}

export function imageHandlers({
  catalogue,
  publish,
  collectGarbage,
  grants,
}: ImageHandlersOptions): Pick<Handlers, ImageCalls> {
  return {
    async listImages({ query }) {
      const { items, next } = await catalogue.listImages(query)
      const newest = items.flatMap(({ newest: release }) => (release === undefined ? [] : [release]))
      const tests = await catalogue.testsFor(newest)
      const shown = items.map((image) => withTests(shownImage(image), tests))
      return { items: shown, ...(next !== undefined && { next }) }
    },
    async showImage({ params }) {
      const image = await catalogue.findImage(params.name)
      const releases = await catalogue.releasesOf(params.name)
      const tests = await catalogue.testsOf(params.name)
      const shown = releases.map((release) => ({
        ...shownRelease(release),
        tests: (tests.get(release.number) ?? []).map(shownTest),
      }))
      const followers = (await catalogue.followersOf(params.name)).map(shownFollowers)
      const { everyone, users, groups } = await grants.grantsOf(params.name)
      const allowed = { image: image.name, everyone, users: [...users], groups: [...groups] }
      return { ...shownImage(image), releases: shown, followers, grants: allowed }
    },
    async removeImage({ params }) {
      await catalogue.removeImage(params.name)
      return undefined
    },
    async changeImage({ params, body }) {
      if (body.keep !== undefined) await catalogue.keep(params.name, body.keep ?? undefined)
      return shownImage(await catalogue.findImage(params.name))
    },
    async removeRelease({ params }) {
      await catalogue.removeRelease(params.name, params.number)
      return undefined
    },
    async collectGarbage({ body }) {
      const { releases, blobs, bytes } = await collectGarbage(body)
      return { releases: [...releases], blobs, bytes }
    },
    async publishRelease({ params, body, user }) {
      return shownRelease(await publish({ image: params.name, ...body, user }))
    },
    async showRelease({ params }) {
      return shownRelease(await catalogue.findRelease(params.name, params.number))
    },
  }
}

export function channelHandlers(
  catalogue: CatalogueStore,
): Pick<Handlers, 'moveChannel' | 'rollBackChannel' | 'removeChannel'> {
  return {
    async moveChannel({ params: { name: image, channel }, body: { number }, user }) {
      return shownChannel(await catalogue.moveChannel({ image, channel, number, at: Date.now(), by: user }))
    },
    async rollBackChannel({ params: { name: image, channel }, user }) {
      return shownChannel(await catalogue.rollBack({ image, channel, at: Date.now(), by: user }))
    },
    async removeChannel({ params: { name, channel } }) {
      await catalogue.removeChannel(name, channel)
      return undefined
    },
  }
}

export function settingsHandlers(
  catalogue: CatalogueStore,
  settings: SettingsStore,
): Pick<Handlers, 'showSettings' | 'changeSettings'> {
  const all = async () => ({
    defaultImage: (await catalogue.defaultImage()) ?? null,
    ...(await settings.menu()),
  })
  return {
    showSettings: all,
    async changeSettings({ body }) {
      const { defaultImage, ...menu } = body
      if (defaultImage !== undefined) await catalogue.setDefaultImage(defaultImage ?? undefined)
      await settings.changeMenu(menu)
      return await all()
    },
  }
}

const shownImage = ({ name, createdAt, isDefault, machines, keep, channels, newest }: Image): ShownImage => ({
  name,
  createdAt: timeText(createdAt),
  isDefault,
  machines,
  ...(keep !== undefined && { keep }),
  channels: channels.map(shownChannel),
  ...(newest !== undefined && { newest: shownRelease(newest) }),
})

type Tests = ReadonlyMap<string, readonly BootTestSummary[]>

const withTests = (image: ShownImage, tests: Tests): ShownImage =>
  image.newest === undefined
    ? image
    : {
        ...image,
        newest: {
          ...image.newest,
          tests: (tests.get(`${image.name}@${image.newest.number}`) ?? []).map(shownTest),
        },
      }

const shownFollowers = ({ follows, ...counts }: Followers): ShownFollowers => ({
  ...(follows !== undefined && { follows }),
  ...counts,
})

const shownChannel = ({ name, number, movedAt, movedBy, previous }: Channel): ShownChannel => ({
  name,
  number,
  movedAt: timeText(movedAt),
  movedBy,
  ...(previous !== undefined && { previous }),
})

export const shownRelease = ({
  image,
  number,
  variants,
  createdAt,
  createdBy,
  signedBy,
}: Release): ShownRelease => ({
  image,
  number,
  size: sizeOf(variants),
  variants: variants.map(shownVariant),
  createdAt: timeText(createdAt),
  createdBy,
  ...(signedBy !== undefined && { signedBy }),
})

/** Files that several variants have count once. */
function sizeOf(variants: readonly Variant[]): number {
  const sizes = new Map(variants.flatMap(({ files }) => files.map(({ digest, size }) => [digest, size])))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

function shownVariant({ config, files }: Variant): ShownVariant {
  const { architecture, cpuLevel, firmware, boot, memory, recognised, recipe } = config
  return {
    architecture,
    ...(cpuLevel !== undefined && { cpuLevel }),
    ...(firmware !== undefined && { firmware }),
    method: boot.method,
    cmdline: boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : '',
    ...(memory !== undefined && { memory }),
    ...(recognised !== undefined && { recognised }),
    ...(recipe !== undefined && { recipe: recipe.name }),
    files: files.map(({ role, name, digest, size }) => ({ role, name, digest, size })),
  }
}

const timeText = (at: number): string => new Date(at).toISOString()
