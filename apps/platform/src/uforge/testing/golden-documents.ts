import type { Release } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import * as types from '../documents/schema.ts'
import { writeDocument } from '../documents/write-document.ts'
import type { Generation } from '../release-builder.ts'
import {
  buildStatus,
  releaseStatus,
  shownAppliance,
  shownBuild,
  shownImage,
  shownInstallProfile,
  shownOrg,
  shownTargetFormat,
  shownUser,
} from '../rest/shown.ts'

const at = Date.UTC(2026, 10, 26, 14, 0, 0)
const user = 'zoë & "co"'
const kernel = { name: 'vmlinuz', digest: `sha256:${'1'.repeat(64)}`, size: 100 }
const { blobs: _, channel: __, ...rest } = linuxRelease({ kernel, createdAt: at })
const release: Release = { ...rest, number: 3 }
const image = {
  ...{ name: 'demo', createdAt: at, isDefault: false, machines: 0, keep: undefined, channels: [] },
  newest: release,
}
const ofRelease = { release, id: 7, imageId: 5 }
const build: Generation = {
  ...{ id: 'b1', image: 'demo', startedAt: at, startedBy: user, state: 'failed', percentage: 40 },
  ...{ message: 'no <space> left', release: undefined },
}
const ofBuild = { build, id: 8, imageId: 5 }

/** What is written for things that are always the same; what it must be stands in `golden/`. */
export const goldenDocuments: Readonly<Record<string, string>> = {
  status: writeDocument('serviceStatus', types.serviceStatus, {
    ...{ alive: true, version: '3.8.13', serviceLoad: 0 },
  }),
  user: writeDocument('user', types.user, shownUser({ name: user, role: 'viewer', createdAt: at, id: 2 })),
  org: writeDocument('org', types.org, shownOrg),
  appliance: writeDocument('appliance', types.appliance, shownAppliance(user, { image, id: 5 })),
  appliances: writeDocument('appliances', types.appliances, {
    ...{ total: 1, appliances: [shownAppliance(user, { image: { ...image, newest: undefined }, id: 5 })] },
  }),
  image: writeDocument('image', types.image, shownImage(user, ofRelease, 'KEY')),
  'image-not-to-download': writeDocument('image', types.image, shownImage(user, ofRelease, undefined)),
  'image-that-failed': writeDocument('image', types.image, shownBuild(user, ofBuild)),
  'status-of-image': writeDocument('status', types.opStatus, releaseStatus(user, ofRelease)),
  'status-that-failed': writeDocument('status', types.opStatus, buildStatus(user, ofBuild)),
  'install-profile': writeDocument(
    ...(['installProfile', types.installProfile, shownInstallProfile(user, { image, id: 5 })] as const),
  ),
  'target-formats': writeDocument('targetFormats', types.targetFormats, {
    ...{ total: 1, targetFormats: [shownTargetFormat] },
  }),
  'no-images': writeDocument('images', types.images, { total: 0, images: [] }),
  'no-publications': writeDocument('publishImages', types.publishImages, { total: 0, publishImages: [] }),
  'api-key': writeDocument('apiKeyPair', types.apiKeyPair, {
    ...{ created: at, dbId: 1, lastModified: at, name: 'ci', description: '' },
    ...{ publicKey: 'PUB', secretKey: 'SEC', uri: 'users/ann/apikeys/1' },
  }),
}
