import { labelSchema, machineStateSchema, siteNameSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

/** What is filtered by stands in the address. */
const searchSchema = z.object({
  search: z.string().min(1).max(64).optional().catch(undefined),
  label: labelSchema.optional().catch(undefined),
  site: siteNameSchema.optional().catch(undefined),
  state: machineStateSchema.optional().catch(undefined),
  /** Absent: who was heard last comes first. */
  order: z.literal('mac').optional().catch(undefined),
})
export type MachinesSearch = z.output<typeof searchSchema>

export const machinesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/machines',
  validateSearch: searchSchema,
  staticData: { needs: 'machines.read' },
  component: lazyRouteComponent(() => import('./machines-page.tsx'), 'MachinesPage'),
})
