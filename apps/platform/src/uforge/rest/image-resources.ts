import { may } from '@bootcast/contract'
import { Refused } from '../../api/problem-response.ts'
import * as types from '../documents/schema.ts'
import { created, document, gone, list } from './answers.ts'
import { downloadOf } from './download.ts'
import type { Forge, NumberedRelease } from './forge.ts'
import type { Answer, Call, Resource } from './resource.ts'
import {
  buildStatus,
  releaseStatus,
  shownAppliance,
  shownBuild,
  shownImage,
  shownInstallProfile,
} from './shown.ts'
import { imageOrBuild, nameOf, releasesIn, visibleImage, visibleImages } from './visible.ts'

const appliance = 'users/:uid/appliances/:aid'
const image = `${appliance}/images/:itid`

/** Appliances, which are our images, and their images, which are our releases. */
export function imageResources(forge: Forge): readonly Resource[] {
  const get = (path: string, answer: Resource['answer']): Resource => ({
    ...{ method: 'GET', path, who: 'user', answer },
  })
  const generate = { who: 'builds.run', answer: (call: Call) => generation(forge, call) } as const
  return [
    get('users/:uid/appliances', (call) => listAppliances(forge, call)),
    get(appliance, async (call) => {
      const found = await ofCall(forge, call)
      return document('appliance', types.appliance, shownAppliance(call.asker().name, found))
    }),
    get(`${appliance}/installProfile`, async (call) => {
      const found = await ofCall(forge, call)
      return document('installProfile', types.installProfile, shownInstallProfile(call.asker().name, found))
    }),
    get('users/:uid/images', (call) => listReleases(forge, call, shownFor(forge, call))),
    get('users/:uid/images/status', (call) => listReleases(forge, call, statusFor(call))),
    get(`${appliance}/images`, (call) => listReleases(forge, call, shownFor(forge, call))),
    get(`${appliance}/images/statuses`, (call) => listReleases(forge, call, statusFor(call))),
    { method: 'POST', path: `${appliance}/images`, ...generate },
    get(image, async (call) => await showImage(forge, call)),
    { method: 'POST', path: image, ...generate },
    { method: 'DELETE', path: image, who: 'images.publish', answer: (call) => removeImage(forge, call) },
    get(`${image}/status`, async (call) => await showStatus(forge, call)),
    {
      ...{ method: 'DELETE', path: `${image}/status`, who: 'builds.run' },
      answer: (call) => cancelBuild(forge, call),
    },
    ...['downloads', 'downloads/:fileName'].map(
      (path): Resource => ({
        ...{ method: 'GET', path: `${image}/${path}`, who: 'anybody' },
        answer: (call) => downloadOf(forge, call),
      }),
    ),
  ]
}

const ofCall = (forge: Forge, { asker, params }: Call) => visibleImage(forge, asker(), params['aid'] ?? '')

async function found(forge: Forge, call: Call) {
  return await imageOrBuild(forge, await ofCall(forge, call), call.params['itid'] ?? '')
}

async function listAppliances(forge: Forge, { asker, query }: Call): Promise<Answer> {
  const images = await visibleImages(forge, asker())
  const shown = images.map((each) => shownAppliance(asker().name, each))
  return list('appliances', types.appliances, shown, query)
}

type Shown = {
  readonly root: 'images' | 'statuses'
  readonly show: (release: NumberedRelease) => Readonly<Record<string, unknown>>
}

/** A key for each that is shown, as with UForge: the next answer has others. */
const shownFor = (forge: Forge, { asker }: Call): Shown => ({
  root: 'images',
  show: (release) => shownImage(asker().name, release, downloadKeyFor(forge, asker(), release)),
})

const statusFor = ({ asker }: Call): Shown => ({
  root: 'statuses',
  show: (release) => releaseStatus(asker().name, release),
})

const listTypes = { images: types.images, statuses: types.opStatuses }

async function listReleases(forge: Forge, call: Call, { root, show }: Shown): Promise<Answer> {
  const images =
    call.params['aid'] === undefined ? await visibleImages(forge, call.asker()) : [await ofCall(forge, call)]
  const shown = (await releasesIn(forge, images)).map(show)
  return list(root, listTypes[root], shown, call.query)
}

/** Whose role reads images may have their bytes, as by our own API. */
const downloadKeyFor = (
  { downloads }: Forge,
  { name, role }: ReturnType<Call['asker']>,
  { release }: NumberedRelease,
): string | undefined => (may(role, 'images.read') ? downloads.make(nameOf(release), name) : undefined)

async function showImage(forge: Forge, call: Call): Promise<Answer> {
  const one = await found(forge, call)
  const { name } = call.asker()
  const shown =
    one.kind === 'build'
      ? shownBuild(name, one)
      : shownImage(name, one.release, downloadKeyFor(forge, call.asker(), one.release))
  return document('image', types.image, shown)
}

async function showStatus(forge: Forge, call: Call): Promise<Answer> {
  const one = await found(forge, call)
  const { name } = call.asker()
  const status = one.kind === 'build' ? buildStatus(name, one) : releaseStatus(name, one.release)
  return document('status', types.opStatus, status)
}

async function removeImage(forge: Forge, call: Call): Promise<Answer> {
  const one = await found(forge, call)
  if (one.kind === 'build')
    throw new Refused('invalid_request', 'There is no release yet; cancel its generation instead')
  const { image: name, number } = one.release.release
  await forge.catalogue.removeRelease(name, number)
  return gone({ action: 'removeRelease', about: nameOf(one.release.release) })
}

/** Asked to generate, an image with a build begins it; answered is the image that it will be, with its status. */
async function generation(forge: Forge, call: Call): Promise<Answer> {
  const of = await ofCall(forge, call)
  const { targetFormat } = call.document('image', types.image)
  const wanted = targetFormat?.format?.name ?? targetFormat?.name ?? 'PXE'
  if (wanted !== 'PXE')
    throw new Refused(
      'invalid_request',
      `Bootcast makes images of the format PXE, not ${wanted.slice(0, 60)}`,
    )
  const { name } = call.asker()
  const build = await forge.builder.start(of.image.name, name)
  const ids = await forge.numbers.numbersOf([{ kind: 'build', name: build.id }])
  const shown = shownBuild(name, { build, id: ids.get(`build ${build.id}`) ?? 0, imageId: of.id })
  return created('image', types.image, shown, { action: 'startBuild', about: of.image.name })
}

async function cancelBuild(forge: Forge, call: Call): Promise<Answer> {
  const one = await found(forge, call)
  if (one.kind !== 'build') throw new Refused('invalid_request', 'That image is not being generated')
  await forge.builder.cancel(one.build.id, call.asker().name)
  return gone({ action: 'cancelBuild', about: one.build.image })
}
