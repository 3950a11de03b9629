import { z } from 'zod'
import { imageNameSchema, page, pageQuerySchema } from './common.ts'
import {
  templateCheckSchema,
  templateSummarySchema,
  templateTrialSchema,
  variableNameSchema,
} from './installs.ts'
import type { Route } from './route.ts'

/** Calls about templates of all images, and about those that are not kept yet. */
export const installRoutes = {
  listAllTemplates: {
    method: 'GET',
    path: '/api/v1/templates',
    summary: 'Templates of all images, by image and name, without their texts',
    who: 'images.read',
    query: pageQuerySchema,
    reply: page(templateSummarySchema),
  },
  checkTemplate: {
    method: 'POST',
    path: '/api/v1/images/:name/templates/:template/check',
    summary: 'What is wrong with a template, and what a machine would get of it; nothing is kept',
    who: 'templates.change',
    params: z.object({ name: imageNameSchema, template: variableNameSchema }),
    body: templateTrialSchema,
    changes: 'nothing',
    reply: templateCheckSchema,
  },
} as const satisfies Record<string, Route>
