import { inMemory, type TftpRoute } from './route.ts'

/** Loaders by their file name. */
export const loaderRoute: TftpRoute = {
  name: 'loader',
  owns: (path, shelf) => shelf.read(path) !== undefined,
  claim: async (path, { shelf }) => {
    const bytes = shelf.read(path)
    return bytes && inMemory(bytes)
  },
}
