import { z } from 'zod'
import {
  approvalSchema,
  bootCodeSchema,
  explainQuerySchema,
  explanationSchema,
  shownCodeSchema,
} from './boot-screen.ts'
import {
  channelNameSchema,
  digestSchema,
  fileNameSchema,
  imageNameSchema,
  macSchema,
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
import {
  newTemplateSchema,
  templatePreviewSchema,
  templateSchema,
  valueOwnerSchema,
  valueSchema,
  variableNameSchema,
} from './installs.ts'
import { machineChangeSchema, machineSchema } from './machines.ts'
import { newOpeningSchema, openingSchema } from './openings.ts'
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
const template = image.extend({ template: variableNameSchema })
const value = valueOwnerSchema.extend({ name: variableNameSchema })
const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().optional() })

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
  explain: {
    method: 'GET',
    path: '/api/v1/explain',
    summary: 'What a machine would get now, and why; changes nothing',
    who: 'user',
    query: explainQuerySchema,
    reply: explanationSchema,
  },
  listOpenings: {
    method: 'GET',
    path: '/api/v1/openings',
    summary: 'Images that machines boot without a sign-in, the newest first',
    who: 'user',
    query: z.object({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      before: z.string().max(64).optional(),
      image: imageNameSchema.optional(),
    }),
    reply: page(openingSchema),
  },
  addOpening: {
    method: 'POST',
    path: '/api/v1/openings',
    summary: 'Open an image to machines: they boot it without a sign-in',
    who: 'user',
    body: newOpeningSchema,
    reply: openingSchema,
  },
  closeOpening: {
    method: 'POST',
    path: '/api/v1/openings/:id/close',
    summary: 'End an opening; boots that were begun go on',
    who: 'user',
    params: z.object({ id: z.string().max(64) }),
    reply: openingSchema,
  },
  listTemplates: {
    method: 'GET',
    path: '/api/v1/images/:name/templates',
    summary: 'Templates of an image: what its installer is told',
    who: 'user',
    params: image,
    reply: page(templateSchema),
  },
  showTemplate: {
    method: 'GET',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'One template with its files',
    who: 'user',
    params: template,
    reply: templateSchema,
  },
  putTemplate: {
    method: 'PUT',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'Set a template; it counts for boots from now on',
    who: 'user',
    params: template,
    body: newTemplateSchema,
    reply: templateSchema,
  },
  removeTemplate: {
    method: 'DELETE',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'Remove a template',
    who: 'user',
    params: template,
  },
  previewTemplate: {
    method: 'GET',
    path: '/api/v1/images/:name/templates/:template/preview',
    summary: 'What a machine would get of a template, secrets as dots',
    who: 'user',
    params: template,
    query: z.object({ mac: macSchema }),
    reply: templatePreviewSchema,
  },
  revealTemplate: {
    method: 'POST',
    path: '/api/v1/images/:name/templates/:template/reveal',
    summary: 'What a machine would get of a template, with its secrets',
    who: 'user',
    params: template,
    body: z.object({ mac: macSchema }),
    reply: templatePreviewSchema,
  },
  listValues: {
    method: 'GET',
    path: '/api/v1/values/:scope/:of',
    summary: 'Values of a machine, a label or an image for templates and command lines',
    who: 'user',
    params: valueOwnerSchema,
    reply: page(valueSchema),
  },
  setValue: {
    method: 'PUT',
    path: '/api/v1/values/:scope/:of/:name',
    summary: 'Set a value; kept encrypted',
    who: 'user',
    params: value,
    body: z.strictObject({
      value: z.string().max(16_384),
      secret: z.boolean().default(false).describe('Shown to nobody from now on'),
    }),
    reply: valueSchema,
  },
  removeValue: {
    method: 'DELETE',
    path: '/api/v1/values/:scope/:of/:name',
    summary: 'Take a value back',
    who: 'user',
    params: value,
  },
  showCode: {
    method: 'GET',
    path: '/api/v1/boot-codes/:code',
    summary: 'The machine that shows a sign-in code',
    who: 'user',
    params: z.object({ code: bootCodeSchema }),
    reply: shownCodeSchema,
  },
  approveCode: {
    method: 'POST',
    path: '/api/v1/boot-codes/:code/approve',
    summary: 'Let the machine that shows the code go on as you',
    who: 'user',
    params: z.object({ code: bootCodeSchema }),
    body: approvalSchema,
  },
  denyCode: {
    method: 'POST',
    path: '/api/v1/boot-codes/:code/deny',
    summary: 'Send the machine that shows the code back to its menu',
    who: 'user',
    params: z.object({ code: bootCodeSchema }),
  },
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
