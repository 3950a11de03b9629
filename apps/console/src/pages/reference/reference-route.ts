import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

const text = z.string().min(1).max(128).optional().catch(undefined)

export const referenceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/reference',
  /** `call`: the one that is unfolded. */
  validateSearch: z.object({ find: text, call: text }),
  component: lazyRouteComponent(() => import('./reference-page.tsx'), 'ReferencePage'),
})
