import type { XmlList, XmlType } from './xml-type.ts'

// In the order of uforge.xsd 3.8.13, with its base types first. Only what we write or read: each field is optional.
const object = { created: 'date', dbId: 'number', digest: 'string', lastModified: 'date' } as const
const list = <const Name extends string, const Of extends XmlType>(name: Name, of: Of) =>
  ({ list: name, of }) satisfies XmlList

export const serviceStatus = {
  ...object,
  alive: 'boolean',
  version: 'string',
  serviceLoad: 'number',
} as const

export const opStatus = {
  ...object,
  bytesLoaded: 'number',
  bytesTotal: 'number',
  cancelled: 'boolean',
  complete: 'boolean',
  detailedError: 'boolean',
  detailedErrorMsg: 'string',
  error: 'boolean',
  errorMessage: 'string',
  message: 'string',
  parentUri: 'string',
  percentage: 'number',
  uri: 'string',
} as const
export const opStatuses = { total: 'number', statuses: list('status', opStatus) } as const

export const role = { ...object, name: 'string', description: 'string' } as const

export const user = {
  ...object,
  loginName: 'string',
  active: 'boolean',
  email: 'string',
  firstName: 'string',
  surname: 'string',
  admin: 'boolean',
  baseApiKeysUri: 'string',
  baseAppliancesUri: 'string',
  baseCredAccountsUri: 'string',
  baseTargetPlatformsUri: 'string',
  baseTargetFormatsUri: 'string',
  baseImagesUri: 'string',
  baseOrgsUri: 'string',
  basePublishImagesUri: 'string',
  name: 'string',
  roles: list('role', role),
  uri: 'string',
} as const

export const org = {
  ...object,
  admin: 'boolean',
  defaultOrg: 'boolean',
  targetPlatformsUri: 'string',
  targetFormatsUri: 'string',
  membersUri: 'string',
  name: 'string',
  uri: 'string',
} as const
export const orgs = { total: 'number', orgs: list('org', org) } as const

/** Names of primitive formats are a closed enumeration: `PXE` in capitals. */
export const imageFormat = {
  ...object,
  access: 'boolean',
  active: 'boolean',
  name: 'string',
  preselected: 'boolean',
  uri: 'string',
} as const

export const imageFormats = { total: 'number', imageFormats: list('imageFormat', imageFormat) } as const

export const category = {
  ...object,
  name: 'string',
  uri: 'string',
  type: ['PROJECT', 'TEMPLATE', 'IMAGEFORMAT'],
} as const

export const targetFormat = {
  ...object,
  name: 'string',
  format: imageFormat,
  category,
  type: ['cloud', 'virtual', 'container', 'physical'],
  targetPlatformsUri: 'string',
  imageInfos: 'string',
  access: 'boolean',
  active: 'boolean',
  preselected: 'boolean',
  uri: 'string',
} as const
export const targetFormats = { total: 'number', targetFormats: list('targetFormat', targetFormat) } as const

export const targetPlatform = { ...object, name: 'string', uri: 'string' } as const
export const targetPlatforms = {
  total: 'number',
  targetPlatforms: list('targetPlatform', targetPlatform),
} as const

/** Sizes as clients give them; Bootcast keeps none of it. */
export const installProfile = {
  ...object,
  applianceUri: 'string',
  diskSize: 'number',
  kernelParameters: 'string',
  memorySize: 'number',
  partitionAuto: 'boolean',
  swapSize: 'number',
  uri: 'string',
} as const

/** What operators know as a template, and we as an image. */
export const appliance = {
  ...object,
  uuid: 'string',
  archName: 'string',
  baseImagesStatusUri: 'string',
  baseImagesUri: 'string',
  basePublishImagesUri: 'string',
  description: 'string',
  distributionName: 'string',
  imported: 'boolean',
  installProfileUri: 'string',
  name: 'string',
  nbUpdates: 'number',
  orgUri: 'string',
  revision: 'number',
  shared: 'boolean',
  size: 'number',
  tag: 'string',
  uri: 'string',
  version: 'string',
} as const
export const appliances = { total: 'number', appliances: list('appliance', appliance) } as const

/** A machine image, which is a release of ours. */
export const image = {
  ...object,
  md5sum: 'string',
  mimeType: 'string',
  sha256sum: 'string',
  size: 'number',
  status: opStatus,
  uploaded: 'boolean',
  uploadedTime: 'date',
  parentUri: 'string',
  basePublishImagesUri: 'string',
  compress: 'boolean',
  distributionName: 'string',
  downloadKey: 'string',
  downloadUri: 'string',
  fileExtension: 'string',
  fileName: 'string',
  fileSize: 'number',
  format: imageFormat,
  targetFormat,
  fullName: 'string',
  imageCreated: 'boolean',
  installProfile,
  name: 'string',
  orgUri: 'string',
  publicAccess: 'boolean',
  revision: 'number',
  simulated: 'boolean',
  statusUri: 'string',
  tag: 'string',
  uri: 'string',
  version: 'string',
} as const
export const images = { total: 'number', images: list('image', image) } as const

/** Of ours there are none: machines need no publication to a cloud. */
export const publishImages = { total: 'number', publishImages: list('publishImage', image) } as const

export const credAccount = { ...object, name: 'string', uri: 'string', targetPlatform } as const
export const credAccounts = { total: 'number', credAccounts: list('credAccount', credAccount) } as const

export const apiKeyPair = {
  ...object,
  name: 'string',
  description: 'string',
  publicKey: 'string',
  secretKey: 'string',
  uri: 'string',
} as const
export const apiKeyPairs = { total: 'number', apiKeyPairs: list('apiKeyPair', apiKeyPair) } as const

export const uforgeError = {
  localizedErrorMsg: {
    message: 'string',
    messageId: 'string',
    parameters: { list: 'parameter', of: 'string' },
  },
  requestMethod: 'string',
  requestUri: 'string',
  statusCode: 'number',
  timestamp: 'date',
} as const
