import { z } from 'zod'
import { bootDetailSchema, bootIdSchema, bootQuerySchema, bootSchema } from './boots.ts'
import { bootsSummaryQuerySchema, bootsSummarySchema } from './boots-summary.ts'
import { page } from './common.ts'

/** Calls about boots. News of them come by `GET /api/v1/boots/events`: `boot-events.ts`. */
export const bootRoutes = {
  listBoots: {
    method: 'GET',
    path: '/api/v1/boots',
    summary: 'Boots of machines, the newest first',
    who: 'boots.read',
    query: bootQuerySchema,
    reply: page(bootSchema),
  },
  summarizeBoots: {
    method: 'GET',
    path: '/api/v1/boots/summary',
    summary: 'How many boots began, how they went and what was sent, by hour and by site',
    who: 'boots.read',
    query: bootsSummaryQuerySchema,
    reply: bootsSummarySchema,
  },
  showBoot: {
    method: 'GET',
    path: '/api/v1/boots/:id',
    summary: 'One boot with its timeline',
    who: 'boots.read',
    params: z.object({ id: bootIdSchema }),
    reply: bootDetailSchema,
  },
} as const
