import { z } from 'zod'
import { bootRoutes } from './boot-routes.ts'
import { buildRoutes } from './build-routes.ts'
import { fileNameSchema, page } from './common.ts'
import { identityRoutes } from './identity-routes.ts'
import { imageRoutes } from './image-routes.ts'
import { installRoutes } from './install-routes.ts'
import { machineRoutes } from './machine-routes.ts'
import { networkRoutes } from './network-routes.ts'
import { loaderSchema, statusSchema } from './platform.ts'
import type { Route } from './route.ts'
import { siteRoutes } from './site-routes.ts'
import { sourceRoutes } from './source-routes.ts'
import { templateRoutes } from './template-routes.ts'

/** Every call of the API: platform, client, CLI and reference are made from this table. */
export const routes = {
  ...identityRoutes,
  status: {
    method: 'GET',
    path: '/api/v1/status',
    summary: 'What runs, where it listens, what is missing',
    who: 'status.read',
    reply: statusSchema,
  },
  ...imageRoutes,
  ...machineRoutes,
  ...templateRoutes,
  ...buildRoutes,
  ...installRoutes,
  ...bootRoutes,
  ...networkRoutes,
  ...siteRoutes,
  ...sourceRoutes,
  listLoaders: {
    method: 'GET',
    path: '/api/v1/loaders',
    summary: 'Boot loaders',
    who: 'status.read',
    reply: page(loaderSchema),
  },
  putLoader: {
    method: 'PUT',
    path: '/api/v1/loaders/:name',
    summary: 'Import a boot loader',
    who: 'loaders.change',
    params: z.object({ name: fileNameSchema }),
    body: 'bytes',
    reply: loaderSchema,
  },
  removeLoader: {
    method: 'DELETE',
    path: '/api/v1/loaders/:name',
    summary: 'Remove a boot loader',
    who: 'loaders.change',
    params: z.object({ name: fileNameSchema }),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
