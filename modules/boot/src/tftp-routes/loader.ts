import type { TftpRoute } from './route.ts'

/** Loaders by their file name. */
export const loaderRoute: TftpRoute = {
  name: 'loader',
  claim: (path, { shelf }) => shelf.read(path),
}
