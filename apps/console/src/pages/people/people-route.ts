import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'
import { tabNames } from './tabs.ts'

const text = z.string().min(1).max(128).optional().catch(undefined)

/** What is looked at, filtered by and opened stands in the address. */
const searchSchema = z.object({
  tab: z.enum(tabNames).optional().catch(undefined),
  find: text,
  group: text,
  /** The user that is opened. */
  user: text,
})

export const peopleRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/people',
  validateSearch: searchSchema,
  staticData: { needs: 'users.read' },
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
})
