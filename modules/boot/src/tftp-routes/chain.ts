import type { TftpFile } from '@bootcast/netboot'
import { autoexecRoute } from './autoexec.ts'
import { grubRoute } from './grub.ts'
import { loaderRoute } from './loader.ts'
import { releaseFileRoute } from './release-file.ts'
import type { TftpContext, TftpRoute } from './route.ts'

/** In this order; a firmware with names of its own gets a file here and a place in the list. */
export const tftpRoutes: readonly TftpRoute[] = [autoexecRoute, grubRoute, releaseFileRoute, loaderRoute]

const longestPath = 512

/**
 * What stands at a path as some client wrote it: leading slashes and back-slashes mean nothing, as everything lies
 * below one folder. Undefined: nobody claims it.
 */
export async function openTftpPath(
  path: string,
  context: TftpContext,
): Promise<{ readonly route: string; readonly file: TftpFile } | undefined> {
  if (path.length > longestPath) return undefined
  const name = path.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '')
  for (const route of tftpRoutes) {
    const file = await route.claim(name, context)
    if (file !== undefined) return { route: route.name, file }
  }
  return undefined
}
