import { createRouter } from '@tanstack/react-router'
import { bootsRoute } from './pages/boots/boots-route.ts'
import { imageRoute } from './pages/images/image-route.ts'
import { imagesRoute } from './pages/images/images-route.ts'
import { Loading } from './parts/states.tsx'
import { rootRoute } from './root-route.tsx'

/** All pages, each a part of the program that is loaded when somebody goes there. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([bootsRoute, imagesRoute, imageRoute]),
  defaultPreload: 'intent',
  defaultPendingComponent: Loading,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
