import { createRouter } from '@tanstack/react-router'
import { bootsRoute } from './pages/boots/boots-route.ts'
import { imageRoute } from './pages/images/image-route.ts'
import { imagesRoute } from './pages/images/images-route.ts'
import { machineRoute } from './pages/machines/machine-route.ts'
import { machinesRoute } from './pages/machines/machines-route.ts'
import { openingsRoute } from './pages/openings/openings-route.ts'
import { Loading } from './parts/states.tsx'
import { rootRoute } from './root-route.tsx'

/** All pages, each a part of the program that is loaded when somebody goes there. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([
    bootsRoute,
    imagesRoute,
    imageRoute,
    machinesRoute,
    machineRoute,
    openingsRoute,
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
