import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute } from '../../root-route.tsx'
import { auditSearchSchema } from './audit-filters.ts'

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/audit',
  validateSearch: auditSearchSchema,
  staticData: { needs: 'audit.read' },
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})
