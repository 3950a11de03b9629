import type { TftpFile } from '@bootcast/netboot'
import type { LoaderShelf } from '../loader-shelf.ts'
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
  const name = plainPath(path)
  if (name === undefined) return undefined
  for (const route of tftpRoutes) {
    const file = await route.claim(name, context)
    if (file !== undefined) return { route: route.name, file }
  }
  return undefined
}

/** The route whose kind of path it is; nothing is opened. */
export function routeOf(path: string, shelf: LoaderShelf): string | undefined {
  const name = plainPath(path)
  return name === undefined ? undefined : tftpRoutes.find((route) => route.owns(name, shelf))?.name
}

const plainPath = (path: string): string | undefined =>
  path.length > longestPath ? undefined : path.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '')
