import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

const searchSchema = z.object({
  /** The release whose details are shown. */
  release: z.coerce.number().int().min(1).max(999_999_999).optional().catch(undefined),
})

export const imageRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/images/$name',
  validateSearch: searchSchema,
  staticData: { needs: 'images.read' },
  component: lazyRouteComponent(() => import('./image-page.tsx'), 'ImagePage'),
})
