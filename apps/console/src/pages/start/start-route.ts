import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'
import { machineKinds } from './boot-commands.ts'

/** Which kind of machine is explained. */
const searchSchema = z.object({ machine: z.enum(machineKinds).optional().catch(undefined) })

export const startRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/start',
  validateSearch: searchSchema,
  staticData: { needs: 'boots.read' },
  component: lazyRouteComponent(() => import('./start-page.tsx'), 'StartPage'),
})
