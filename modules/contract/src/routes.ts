import { z } from 'zod'
import { bootRoutes } from './boot-routes.ts'
import {
  channelNameSchema,
  digestSchema,
  fileNameSchema,
  imageNameSchema,
  macSchema,
  page,
  pageQuerySchema,
} from './common.ts'
import {
  bootTestSchema,
  channelSchema,
  garbageSchema,
  imageChangeSchema,
  imageDetailSchema,
  imageSchema,
  publishSchema,
  releaseSchema,
  testFirmwareSchema,
} from './images.ts'
import { machineChangeSchema, machineSchema } from './machines.ts'
import {
  blobSchema,
  loaderSchema,
  meSchema,
  settingsSchema,
  signInSchema,
  statusSchema,
  tokenSchema,
} from './platform.ts'
import { publicationIdSchema, publicationSchema, publishInputSchema, uploadSchema } from './publications.ts'

const image = z.object({ name: imageNameSchema })
const release = image.extend({ number: z.coerce.number().int().min(1).max(999_999_999) })
const channel = image.extend({ channel: channelNameSchema })

export type Route = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  /** One line for the reference. */
  readonly summary: string
  /** `anybody`: no token needed. */
  readonly who: 'anybody' | 'user'
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  /** `bytes`: the request body is the file itself, `application/octet-stream`. */
  readonly body?: z.ZodType | 'bytes'
  /** Absent: 204, no body. */
  readonly reply?: z.ZodType
}

/** Every call of the API: platform, client, CLI and reference are made from this table. */
export const routes = {
  signIn: {
    method: 'POST',
    path: '/api/v1/sign-in',
    summary: 'Get a token for a user and a password',
    who: 'anybody',
    body: signInSchema,
    reply: tokenSchema,
  },
  signOut: {
    method: 'POST',
    path: '/api/v1/sign-out',
    summary: 'End the token of this request',
    who: 'user',
  },
  me: { method: 'GET', path: '/api/v1/me', summary: 'Who is signed in', who: 'user', reply: meSchema },
  status: {
    method: 'GET',
    path: '/api/v1/status',
    summary: 'What runs, where it listens, what is missing',
    who: 'user',
    reply: statusSchema,
  },
  findBlob: {
    method: 'HEAD',
    path: '/api/v1/blobs/:digest',
    summary: 'Is this file here already? 204 or 404',
    who: 'user',
    params: z.object({ digest: digestSchema }),
  },
  putBlob: {
    method: 'PUT',
    path: '/api/v1/blobs/:digest',
    summary: 'Upload a file; kept only when its bytes have this digest',
    who: 'user',
    params: z.object({ digest: digestSchema }),
    body: 'bytes',
    reply: blobSchema,
  },
  listImages: {
    method: 'GET',
    path: '/api/v1/images',
    summary: 'Images with their newest release, by name',
    who: 'user',
    query: pageQuerySchema,
    reply: page(imageSchema),
  },
  showImage: {
    method: 'GET',
    path: '/api/v1/images/:name',
    summary: 'One image with all its releases',
    who: 'user',
    params: image,
    reply: imageDetailSchema,
  },
  changeImage: {
    method: 'PATCH',
    path: '/api/v1/images/:name',
    summary: 'Decide how many releases an image keeps',
    who: 'user',
    params: image,
    body: imageChangeSchema,
    reply: imageSchema,
  },
  removeImage: {
    method: 'DELETE',
    path: '/api/v1/images/:name',
    summary: 'Remove an image and its releases; refused while something uses it',
    who: 'user',
    params: image,
  },
  publishRelease: {
    method: 'POST',
    path: '/api/v1/images/:name/releases',
    summary: 'Make a release of files uploaded before; the image is made when it is new',
    who: 'user',
    params: image,
    body: publishSchema,
    reply: releaseSchema,
  },
  listUploads: {
    method: 'GET',
    path: '/api/v1/uploads',
    summary: 'Your uploads that are not finished or not published; tus 1.0 speaks at the same address',
    who: 'user',
    reply: page(uploadSchema),
  },
  publishInput: {
    method: 'POST',
    path: '/api/v1/images/:name/publications',
    summary: 'Make a release of an upload or an address: its progress stands at the id',
    who: 'user',
    params: image,
    body: publishInputSchema,
    reply: publicationSchema,
  },
  showPublication: {
    method: 'GET',
    path: '/api/v1/publications/:id',
    summary: 'How far a publication is',
    who: 'user',
    params: z.object({ id: publicationIdSchema }),
    reply: publicationSchema,
  },
  cancelPublication: {
    method: 'DELETE',
    path: '/api/v1/publications/:id',
    summary: 'End a publication; what it brought goes',
    who: 'user',
    params: z.object({ id: publicationIdSchema }),
  },
  showRelease: {
    method: 'GET',
    path: '/api/v1/images/:name/releases/:number',
    summary: 'One release',
    who: 'user',
    params: release,
    reply: releaseSchema,
  },
  removeRelease: {
    method: 'DELETE',
    path: '/api/v1/images/:name/releases/:number',
    summary: 'Remove one release; refused while something uses it',
    who: 'user',
    params: release,
  },
  recordTest: {
    method: 'PUT',
    path: '/api/v1/images/:name/releases/:number/tests/:firmware',
    summary: 'Record how a release booted in a test',
    who: 'user',
    params: release.extend({ firmware: testFirmwareSchema }),
    body: z.object({
      passed: z.boolean(),
      seconds: z.int().min(0).max(86_400),
      log: z.string().max(60_000).describe('The end of what stood on the serial line'),
    }),
  },
  showTest: {
    method: 'GET',
    path: '/api/v1/images/:name/releases/:number/tests/:firmware',
    summary: 'How a release booted in its last test on a firmware, with the serial log',
    who: 'user',
    params: release.extend({ firmware: testFirmwareSchema }),
    reply: bootTestSchema.extend({ log: z.string() }),
  },
  moveChannel: {
    method: 'PUT',
    path: '/api/v1/images/:name/channels/:channel',
    summary: 'Point a channel to a release; the channel is made when it is new',
    who: 'user',
    params: channel,
    body: z.object({ number: z.int().min(1).max(999_999_999) }),
    reply: channelSchema,
  },
  rollBackChannel: {
    method: 'POST',
    path: '/api/v1/images/:name/channels/:channel/roll-back',
    summary: 'Point a channel to what it pointed to before',
    who: 'user',
    params: channel,
    reply: channelSchema,
  },
  removeChannel: {
    method: 'DELETE',
    path: '/api/v1/images/:name/channels/:channel',
    summary: 'Remove a channel, not its releases; refused while something follows it',
    who: 'user',
    params: channel,
  },
  collectGarbage: {
    method: 'POST',
    path: '/api/v1/garbage-collection',
    summary: 'Remove releases beyond what their images keep, and files that no release has',
    who: 'user',
    body: z.object({ dryRun: z.boolean().default(false).describe('Only say what would go') }),
    reply: garbageSchema,
  },
  showSettings: {
    method: 'GET',
    path: '/api/v1/settings',
    summary: 'Settings that operators change while Bootcast runs',
    who: 'user',
    reply: settingsSchema,
  },
  changeSettings: {
    method: 'PATCH',
    path: '/api/v1/settings',
    summary: 'Change settings; absent keys stay',
    who: 'user',
    body: settingsSchema.partial(),
    reply: settingsSchema,
  },
  listMachines: {
    method: 'GET',
    path: '/api/v1/machines',
    summary: 'Machines, by hardware address',
    who: 'user',
    query: pageQuerySchema,
    reply: page(machineSchema),
  },
  showMachine: {
    method: 'GET',
    path: '/api/v1/machines/:mac',
    summary: 'One machine',
    who: 'user',
    params: z.object({ mac: macSchema }),
    reply: machineSchema,
  },
  changeMachine: {
    method: 'PATCH',
    path: '/api/v1/machines/:mac',
    summary: 'Decide what a machine boots and how; makes it known when it was never heard',
    who: 'user',
    params: z.object({ mac: macSchema }),
    body: machineChangeSchema,
    reply: machineSchema,
  },
  removeMachine: {
    method: 'DELETE',
    path: '/api/v1/machines/:mac',
    summary: 'Forget a machine; it comes back when it is heard again',
    who: 'user',
    params: z.object({ mac: macSchema }),
  },
  ...bootRoutes,
  listLoaders: {
    method: 'GET',
    path: '/api/v1/loaders',
    summary: 'Boot loaders',
    who: 'user',
    reply: page(loaderSchema),
  },
  putLoader: {
    method: 'PUT',
    path: '/api/v1/loaders/:name',
    summary: 'Import a boot loader',
    who: 'user',
    params: z.object({ name: fileNameSchema }),
    body: 'bytes',
    reply: loaderSchema,
  },
  removeLoader: {
    method: 'DELETE',
    path: '/api/v1/loaders/:name',
    summary: 'Remove a boot loader',
    who: 'user',
    params: z.object({ name: fileNameSchema }),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
