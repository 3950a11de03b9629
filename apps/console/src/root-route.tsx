import type { Permission } from '@bootcast/contract'
import { createRootRoute } from '@tanstack/react-router'
import { BrokenPage, NoSuchPage } from './parts/page-errors.tsx'
import { Shell } from './shell.tsx'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    /** Who may see the page; absent: whoever is signed in. */
    readonly needs?: Permission
  }
}

/** Above all pages: what stands around them. */
export const rootRoute = createRootRoute({
  component: Shell,
  errorComponent: BrokenPage,
  notFoundComponent: NoSuchPage,
})
