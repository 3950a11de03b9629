import { z } from 'zod'
import { imageNameSchema, macSchema, page } from './common.ts'
import {
  newTemplateSchema,
  templatePreviewSchema,
  templateSchema,
  valueOwnerSchema,
  valueSchema,
  variableNameSchema,
} from './installs.ts'
import type { Route } from './route.ts'

const image = z.object({ name: imageNameSchema })
const template = image.extend({ template: variableNameSchema })
const value = valueOwnerSchema.extend({ name: variableNameSchema })

/** Calls about templates for installers, and the values in them. */
export const templateRoutes = {
  listTemplates: {
    method: 'GET',
    path: '/api/v1/images/:name/templates',
    summary: 'Templates of an image: what its installer is told',
    who: 'images.read',
    params: image,
    reply: page(templateSchema),
  },
  showTemplate: {
    method: 'GET',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'One template with its files',
    who: 'images.read',
    params: template,
    reply: templateSchema,
  },
  putTemplate: {
    method: 'PUT',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'Set a template; it counts for boots from now on',
    who: 'templates.change',
    params: template,
    body: newTemplateSchema,
    told: ['format', 'installs'],
    reply: templateSchema,
  },
  removeTemplate: {
    method: 'DELETE',
    path: '/api/v1/images/:name/templates/:template',
    summary: 'Remove a template',
    who: 'templates.change',
    params: template,
  },
  previewTemplate: {
    method: 'GET',
    path: '/api/v1/images/:name/templates/:template/preview',
    summary: 'What a machine would get of a template, secrets as dots',
    who: 'machines.read',
    params: template,
    query: z.object({ mac: macSchema }),
    reply: templatePreviewSchema,
  },
  revealTemplate: {
    method: 'POST',
    path: '/api/v1/images/:name/templates/:template/reveal',
    summary: 'What a machine would get of a template, with its secrets',
    who: 'templates.reveal',
    params: template,
    body: z.object({ mac: macSchema }),
    told: ['mac'],
    reply: templatePreviewSchema,
  },
  listValues: {
    method: 'GET',
    path: '/api/v1/values/:scope/:of',
    summary: 'Values of a machine, a label or an image for templates and command lines',
    who: 'machines.read',
    params: valueOwnerSchema,
    reply: page(valueSchema),
  },
  setValue: {
    method: 'PUT',
    path: '/api/v1/values/:scope/:of/:name',
    summary: 'Set a value; kept encrypted',
    who: 'templates.change',
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
    who: 'templates.change',
    params: value,
  },
} as const satisfies Record<string, Route>
