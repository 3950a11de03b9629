import type { Release, Variant } from '@bootcast/catalogue'
import type * as types from '../documents/schema.ts'
import type { XmlValue } from '../documents/xml-type.ts'
import type { Generation } from '../release-builder.ts'
import type { NumberedImage, NumberedRelease } from './forge.ts'

type Shown<Type extends keyof typeof types> = XmlValue<(typeof types)[Type]>

/** Images of ours have no version of their own: their releases count up as revisions of this one. */
const onlyVersion = '1.0'
const orgUri = 'orgs/1'

export const userUri = (name: string): string => `users/${encodeURIComponent(name)}`
export const applianceUri = (user: string, id: number): string => `${userUri(user)}/appliances/${id}`
export const imageUri = (user: string, imageId: number, id: number): string =>
  `${applianceUri(user, imageId)}/images/${id}`

export const shownOrg: Shown<'org'> = {
  dbId: 1,
  admin: false,
  defaultOrg: true,
  targetPlatformsUri: `${orgUri}/targetplatforms`,
  targetFormatsUri: `${orgUri}/targetformats`,
  name: 'Bootcast',
  uri: orgUri,
}

export const shownFormat: Shown<'imageFormat'> = {
  dbId: 1,
  access: true,
  active: true,
  name: 'PXE',
  preselected: true,
  uri: 'formats/1',
}

/** The one that there is: a release of ours is a PXE image, whatever was published. */
export const shownTargetFormat: Shown<'targetFormat'> = {
  dbId: 1,
  name: 'PXE',
  format: shownFormat,
  category: { dbId: 1, name: 'Physical', uri: `${orgUri}/categories/1`, type: 'IMAGEFORMAT' },
  type: 'physical',
  access: true,
  active: true,
  preselected: true,
  uri: `${orgUri}/targetformats/1`,
}

/** Names of people are not known to Bootcast; clients join them, so they must be there. */
export function shownUser(user: {
  readonly name: string
  readonly role: string
  readonly createdAt: number
  readonly id: number
}): Shown<'user'> {
  const uri = userUri(user.name)
  return {
    created: user.createdAt,
    dbId: user.id,
    lastModified: user.createdAt,
    loginName: user.name,
    active: true,
    email: '',
    firstName: user.name,
    surname: '',
    admin: user.role === 'administrator',
    baseApiKeysUri: `${uri}/apikeys`,
    baseAppliancesUri: `${uri}/appliances`,
    baseCredAccountsUri: `${uri}/accounts`,
    baseTargetPlatformsUri: `${uri}/targetplatforms`,
    baseTargetFormatsUri: `${uri}/targetformats`,
    baseImagesUri: `${uri}/images`,
    baseOrgsUri: `${uri}/orgs`,
    basePublishImagesUri: `${uri}/pimages`,
    name: user.name,
    roles: [{ name: user.role }],
    uri,
  }
}

export function shownAppliance(user: string, { image, id }: NumberedImage): Shown<'appliance'> {
  const { name, createdAt, newest } = image
  const uri = applianceUri(user, id)
  return {
    created: createdAt,
    dbId: id,
    lastModified: newest?.createdAt ?? createdAt,
    archName: archNameOf(newest),
    baseImagesStatusUri: `${uri}/images/statuses`,
    baseImagesUri: `${uri}/images`,
    basePublishImagesUri: `${uri}/pimages`,
    description: '',
    distributionName: distributionOf(newest),
    imported: false,
    installProfileUri: `${uri}/installProfile`,
    name,
    nbUpdates: 0,
    orgUri,
    revision: newest?.number ?? 0,
    shared: false,
    size: newest === undefined ? 0 : sizeOf(newest.variants),
    tag: '',
    uri,
    version: onlyVersion,
  }
}

/** Sizes as UForge gives them, in MB. Disks of machines are none of Bootcast's business. */
export function shownInstallProfile(user: string, { image, id }: NumberedImage): Shown<'installProfile'> {
  const uri = applianceUri(user, id)
  return { applianceUri: uri, ...sizesFor(image.newest), uri: `${uri}/installProfile` }
}

const sizesFor = (release: Release | undefined) => ({
  diskSize: 0,
  memorySize: Math.ceil((release?.variants[0]?.config.memory ?? 0) / 1_048_576),
  swapSize: 0,
})

/** @param downloadKey absent for who may not have the bytes; clients then say that it cannot be downloaded */
export function shownImage(
  user: string,
  { release, id, imageId }: NumberedRelease,
  downloadKey: string | undefined,
): Shown<'image'> {
  const { image: name, number, createdAt, variants } = release
  const uri = imageUri(user, imageId, id)
  const size = sizeOf(variants)
  const download = `${uri}/downloads?downloadId=${downloadKey}`
  return {
    created: createdAt,
    dbId: id,
    lastModified: createdAt,
    size,
    status: releaseStatus(user, { release, id, imageId }),
    uploaded: true,
    parentUri: applianceUri(user, imageId),
    basePublishImagesUri: `${uri}/pimages`,
    compress: downloadKey !== undefined,
    distributionName: distributionOf(release),
    ...(downloadKey !== undefined && { downloadKey, downloadUri: download }),
    fileExtension: 'pxe',
    fileName: `${name}-${number}.pxe`,
    fileSize: size,
    format: shownFormat,
    targetFormat: shownTargetFormat,
    fullName: `${name}@${number}`,
    imageCreated: true,
    installProfile: sizesFor(release),
    name,
    orgUri,
    publicAccess: false,
    revision: number,
    simulated: false,
    statusUri: `${uri}/status`,
    tag: '',
    uri,
    version: onlyVersion,
  }
}

/** Releases are there when they are whole, so theirs is always this. */
export function releaseStatus(user: string, { release, id, imageId }: NumberedRelease): Shown<'opStatus'> {
  const uri = imageUri(user, imageId, id)
  return {
    created: release.createdAt,
    ...{ cancelled: false, complete: true, error: false },
    message: 'published',
    parentUri: uri,
    percentage: 100,
    uri: `${uri}/status`,
  }
}

type OfBuild = { readonly build: Generation; readonly id: number; readonly imageId: number }

/** A release that is on its way, or has failed. */
export function shownBuild(user: string, of: OfBuild): Shown<'image'> {
  const { build, id, imageId } = of
  const uri = imageUri(user, imageId, id)
  return {
    created: build.startedAt,
    dbId: id,
    lastModified: build.startedAt,
    size: 0,
    status: buildStatus(user, of),
    uploaded: false,
    parentUri: applianceUri(user, imageId),
    compress: false,
    fileSize: 0,
    format: shownFormat,
    targetFormat: shownTargetFormat,
    imageCreated: false,
    installProfile: sizesFor(undefined),
    name: build.image,
    orgUri,
    revision: 0,
    statusUri: `${uri}/status`,
    tag: '',
    uri,
    version: onlyVersion,
  }
}

/** Clients ask until it is complete, an error or cancelled. */
export function buildStatus(user: string, { build, id, imageId }: OfBuild): Shown<'opStatus'> {
  const { state, message, percentage, startedAt } = build
  const uri = imageUri(user, imageId, id)
  const failed = state === 'failed'
  return {
    created: startedAt,
    cancelled: state === 'cancelled',
    complete: state === 'done',
    error: failed,
    ...(failed && { errorMessage: message }),
    message,
    parentUri: uri,
    percentage: state === 'done' ? 100 : Math.max(0, Math.min(99, Math.floor(percentage))),
    uri: `${uri}/status`,
  }
}

const archNameOf = (release: Release | undefined): string =>
  release?.variants[0]?.config.architecture ?? 'noarch'

const distributionOf = (release: Release | undefined): string =>
  release?.variants[0]?.config.recognised?.as ?? 'Linux'

/** Files that several variants have count once. */
function sizeOf(variants: readonly Variant[]): number {
  const sizes = new Map(variants.flatMap(({ files }) => files.map(({ digest, size }) => [digest, size])))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}
