import { z } from 'zod'
import {
  builderSchema,
  buildIdSchema,
  buildLogSchema,
  buildParametersSchema,
  buildPlanSchema,
  buildReportSchema,
  buildSchema,
  newBuildPlanSchema,
} from './builds.ts'
import { imageNameSchema, page, pageQuerySchema } from './common.ts'
import type { Route } from './route.ts'

const image = z.object({ name: imageNameSchema })
const build = z.object({ id: buildIdSchema })

/** Calls about builders: programs of the platform's host, or of a web server, that make images. */
export const buildRoutes = {
  listBuilders: {
    method: 'GET',
    path: '/api/v1/builders',
    summary: 'What the operator of the host allows to be run to make images',
    who: 'images.read',
    reply: page(builderSchema),
  },
  listBuildPlans: {
    method: 'GET',
    path: '/api/v1/build-plans',
    summary: 'Images that a builder makes, by name',
    who: 'images.read',
    query: pageQuerySchema,
    reply: page(buildPlanSchema),
  },
  showBuildPlan: {
    method: 'GET',
    path: '/api/v1/images/:name/build',
    summary: 'Which builder makes an image',
    who: 'images.read',
    params: image,
    reply: buildPlanSchema,
  },
  setBuildPlan: {
    method: 'PUT',
    path: '/api/v1/images/:name/build',
    summary: 'Choose the builder of an image, which need not be there yet',
    who: 'builds.change',
    params: image,
    body: newBuildPlanSchema,
    told: ['builder', 'parameters', 'channel'],
    reply: buildPlanSchema,
  },
  removeBuildPlan: {
    method: 'DELETE',
    path: '/api/v1/images/:name/build',
    summary: 'Take the builder of an image away; its builds stay',
    who: 'builds.change',
    params: image,
  },
  startBuild: {
    method: 'POST',
    path: '/api/v1/images/:name/builds',
    summary: 'Run the builder of an image: a release is made of what it leaves',
    who: 'builds.run',
    params: image,
    body: z.strictObject({
      parameters: buildParametersSchema.default({}).describe('Instead of those of the plan'),
    }),
    told: ['parameters'],
    reply: buildSchema,
  },
  listBuilds: {
    method: 'GET',
    path: '/api/v1/builds',
    summary: 'Builds, the newest first; of each image the last twenty that have ended are kept',
    who: 'images.read',
    query: pageQuerySchema.extend({ image: imageNameSchema.optional() }),
    reply: page(buildSchema),
  },
  showBuild: {
    method: 'GET',
    path: '/api/v1/builds/:id',
    summary: 'How far a build is, or how it ended',
    who: 'images.read',
    params: build,
    reply: buildSchema,
  },
  showBuildLog: {
    method: 'GET',
    path: '/api/v1/builds/:id/log',
    summary: 'What a builder has written, the last 256 KiB of it',
    who: 'builds.run',
    params: build,
    query: z.object({ from: z.coerce.number().int().min(0).default(0) }),
    reply: buildLogSchema,
  },
  cancelBuild: {
    method: 'POST',
    path: '/api/v1/builds/:id/cancel',
    summary: 'End a build with all that it started',
    who: 'builds.run',
    params: build,
    reply: buildSchema,
  },
  reportBuild: {
    method: 'POST',
    path: '/api/v1/builds/:id/report',
    summary: 'For the other end of a webhook: how far its job is, and what it made',
    who: 'anybody',
    params: build,
    body: buildReportSchema,
  },
} as const satisfies Record<string, Route>
