import { bootStateSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

const text = z.string().min(1).max(128).optional().catch(undefined)

/** What is filtered by stands in the address. */
const searchSchema = z.object({
  state: bootStateSchema.optional().catch(undefined),
  machine: text,
  image: text,
  site: text,
})

export const bootsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: searchSchema,
  staticData: { needs: 'boots.read' },
  component: lazyRouteComponent(() => import('./boots-page.tsx'), 'BootsPage'),
})
