import { macSchema, templateFormatSchema } from '@bootcast/contract'
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { z } from 'zod'
import { rootRoute } from '../../root-route.tsx'

export const templatesRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/templates',
  /** `add`: the dialog is open. */
  validateSearch: z.object({ add: z.literal(true).optional().catch(undefined) }),
  staticData: { needs: 'images.read' },
  component: lazyRouteComponent(() => import('./templates-page.tsx'), 'TemplatesPage'),
})

export const templateRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/templates/$image/$template',
  validateSearch: z.object({
    /** Of one that is not kept yet. */
    format: templateFormatSchema.optional().catch(undefined),
    file: z.string().max(128).optional().catch(undefined),
    /** Whose preview is shown. */
    machine: macSchema.optional().catch(undefined),
  }),
  staticData: { needs: 'images.read' },
  component: lazyRouteComponent(() => import('./template-page.tsx'), 'TemplatePage'),
})
