import { dhcpServerSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

/** Which configuration is shown, and for which network: an address of the platform there. */
const searchSchema = z.object({
  server: dhcpServerSchema.optional().catch(undefined),
  address: z.ipv4().optional().catch(undefined),
})

export const networkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/network',
  validateSearch: searchSchema,
  staticData: { needs: 'status.read' },
  component: lazyRouteComponent(() => import('./network-page.tsx'), 'NetworkPage'),
})
