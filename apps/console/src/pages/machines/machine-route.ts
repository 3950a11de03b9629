import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../root-route.tsx'

export const machineRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/machines/$mac',
  staticData: { needs: 'machines.read' },
  component: lazyRouteComponent(() => import('./machine-page.tsx'), 'MachinePage'),
})
