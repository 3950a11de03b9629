import { imageNameSchema, macSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

const searchSchema = z.object({
  /** Absent: those that count now or will. */
  state: z.enum(['ended', 'all']).optional().catch(undefined),
  image: imageNameSchema.optional().catch(undefined),
  /** The dialog is open, for this machine. */
  for: macSchema.optional().catch(undefined),
})
export type OpeningsSearch = z.output<typeof searchSchema>

export const openingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/openings',
  validateSearch: searchSchema,
  staticData: { needs: 'machines.read' },
  component: lazyRouteComponent(() => import('./openings-page.tsx'), 'OpeningsPage'),
})
