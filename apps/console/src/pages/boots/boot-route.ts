import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../root-route.tsx'

export const bootRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/boots/$id',
  staticData: { needs: 'boots.read' },
  component: lazyRouteComponent(() => import('./boot-page.tsx'), 'BootPage'),
})
