import { z } from 'zod'
import { page } from './common.ts'
import type { Route } from './route.ts'
import { newSourceSchema, sourceDetailSchema, sourceNameSchema, sourceSchema } from './sources.ts'

const params = z.object({ name: sourceNameSchema })

/** Calls about where images come from by themselves. */
export const sourceRoutes = {
  listSources: {
    method: 'GET',
    path: '/api/v1/sources',
    summary: 'Sources of images, by name',
    who: 'sources.change',
    reply: page(sourceSchema),
  },
  addSource: {
    method: 'POST',
    path: '/api/v1/sources',
    summary: 'Add a source: what it has becomes releases here, from now on',
    who: 'sources.change',
    body: newSourceSchema,
    told: ['name', 'kind', 'url', 'user', 'signIn'],
    reply: sourceSchema,
  },
  showSource: {
    method: 'GET',
    path: '/api/v1/sources/:name',
    summary: 'One source with what it has, and how far its sync is',
    who: 'sources.change',
    params,
    reply: sourceDetailSchema,
  },
  syncSource: {
    method: 'POST',
    path: '/api/v1/sources/:name/sync',
    summary: 'Look now at what a source has, also at what was refused before; one that runs goes on',
    who: 'sources.change',
    params,
    reply: sourceSchema,
  },
  removeSource: {
    method: 'DELETE',
    path: '/api/v1/sources/:name',
    summary: 'Forget a source; its releases stay',
    who: 'sources.change',
    params,
  },
} as const satisfies Record<string, Route>
