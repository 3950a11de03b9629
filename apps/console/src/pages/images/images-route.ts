import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

/** What is filtered by stands in the address. */
const searchSchema = z.object({ name: z.string().min(1).max(63).optional().catch(undefined) })

export const imagesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/images',
  validateSearch: searchSchema,
  staticData: { needs: 'images.read' },
  component: lazyRouteComponent(() => import('./images-page.tsx'), 'ImagesPage'),
})
