import { createRouter } from '@tanstack/react-router'
import { accountRoute } from './pages/account/account-route.ts'
import { auditRoute } from './pages/audit/audit-route.ts'
import { bootRoute } from './pages/boots/boot-route.ts'
import { bootsRoute } from './pages/boots/boots-route.ts'
import { imageRoute } from './pages/images/image-route.ts'
import { imagesRoute } from './pages/images/images-route.ts'
import { machineRoute } from './pages/machines/machine-route.ts'
import { machinesRoute } from './pages/machines/machines-route.ts'
import { networkRoute } from './pages/network/network-route.ts'
import { openingsRoute } from './pages/openings/openings-route.ts'
import { peopleRoute } from './pages/people/people-route.ts'
import { referenceRoute } from './pages/reference/reference-route.ts'
import { siteRoute, sitesRoute } from './pages/sites/sites-route.ts'
import { startRoute } from './pages/start/start-route.ts'
import { templateRoute, templatesRoute } from './pages/templates/templates-route.ts'
import { Loading } from './parts/states.tsx'
import { rootRoute } from './root-route.tsx'

/** All pages, each a part of the program that is loaded when somebody goes there. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    bootsRoute,
    bootRoute,
    imagesRoute,
    imageRoute,
    machinesRoute,
    machineRoute,
    openingsRoute,
    templatesRoute,
    templateRoute,
    sitesRoute,
    siteRoute,
    networkRoute,
    startRoute,
    peopleRoute,
    auditRoute,
    accountRoute,
    referenceRoute,
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  scrollRestoration: true,
  // Hardware addresses stand in addresses as they are.
  pathParamsAllowedCharacters: [':'],
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
