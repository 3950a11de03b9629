import { firstScript } from '../methods/first.ts'
import type { TftpRoute } from './route.ts'

/**
 * iPXE for EFI (since 2021) asks for it beside the loader and in the root before it does anything else. The same
 * bytes for every machine; see docs/protocols/ipxe-scripts.md.
 */
export const autoexecRoute: TftpRoute = {
  name: 'autoexec',
  claim: (path, { baseUrl }) =>
    path === 'autoexec.ipxe' ? Buffer.from(firstScript(baseUrl).toString()) : undefined,
}
