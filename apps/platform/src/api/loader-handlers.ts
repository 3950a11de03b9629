import type { Loader as ShelvedLoader } from '@bootcast/boot'
import type { Loader } from '@bootcast/contract'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

/** What the API needs of the loader shelf. */
export interface Loaders {
  list(): readonly ShelvedLoader[]
  import(name: string, content: AsyncIterable<Uint8Array>): Promise<ShelvedLoader>
  remove(name: string): Promise<boolean>
}

export function loaderHandlers(
  loaders: Loaders,
): Pick<Handlers, 'listLoaders' | 'putLoader' | 'removeLoader'> {
  return {
    async listLoaders() {
      return { items: loaders.list().map(shown) }
    },
    async putLoader({ params, upload }) {
      return shown(await loaders.import(params.name, upload))
    },
    async removeLoader({ params }) {
      if (!(await loaders.remove(params.name)))
        throw new Refused('loader_not_found', `There is no loader ${params.name}`)
      return undefined
    },
  }
}

const shown = (loader: ShelvedLoader): Loader => ({
  ...loader,
  features: [...loader.features],
  firmwares: [...loader.firmwares],
})
