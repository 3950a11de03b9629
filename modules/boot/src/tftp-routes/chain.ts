import { autoexecRoute } from './autoexec.ts'
import { loaderRoute } from './loader.ts'
import type { TftpContext, TftpRoute } from './route.ts'

/** In this order; a firmware with names of its own gets a file here and a place in the list. */
export const tftpRoutes: readonly TftpRoute[] = [autoexecRoute, loaderRoute]

const longestPath = 512

/**
 * What stands at a path as some client wrote it: leading slashes and back-slashes mean nothing, as everything lies
 * in one folder. Undefined: nobody claims it.
 */
export function openTftpPath(
  path: string,
  context: TftpContext,
): { readonly route: string; readonly content: Uint8Array } | undefined {
  if (path.length > longestPath) return undefined
  const name = path.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '')
  for (const route of tftpRoutes) {
    const content = route.claim(name, context)
    if (content !== undefined) return { route: route.name, content }
  }
  return undefined
}
