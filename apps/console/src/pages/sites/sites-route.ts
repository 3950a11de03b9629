import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

export const sitesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sites',
  /** `add`: the dialog is open. */
  validateSearch: z.object({ add: z.literal(true).optional().catch(undefined) }),
  staticData: { needs: 'sites.read' },
  component: lazyRouteComponent(() => import('./sites-page.tsx'), 'SitesPage'),
})

/** By its name; one that was revoked by its id. */
export const siteRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sites/$name',
  staticData: { needs: 'sites.read' },
  component: lazyRouteComponent(() => import('./site-page.tsx'), 'SitePage'),
})
