import { bootStateSchema, imageNameSchema, macSchema, siteNameSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

/** What is filtered by stands in the address; what is no such thing there is left out. */
const searchSchema = z.object({
  state: bootStateSchema.optional().catch(undefined),
  machine: macSchema.optional().catch(undefined),
  image: imageNameSchema.optional().catch(undefined),
  site: siteNameSchema.optional().catch(undefined),
})

export const bootsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: searchSchema,
  staticData: { needs: 'boots.read' },
  component: lazyRouteComponent(() => import('./boots-page.tsx'), 'BootsPage'),
})
