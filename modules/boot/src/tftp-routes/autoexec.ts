import { firstScript } from '../methods/first.ts'
import { inMemory, type TftpRoute } from './route.ts'

/**
 * iPXE for EFI (since 2021) asks for it beside the loader and in the root before it does anything else. The same
 * bytes for every machine; see docs/protocols/ipxe-scripts.md.
 */
export const autoexecRoute: TftpRoute = {
  name: 'autoexec',
  owns: (path) => path === 'autoexec.ipxe',
  claim: async (path, { baseUrl }) =>
    path === 'autoexec.ipxe' ? inMemory(Buffer.from(firstScript(baseUrl).toString())) : undefined,
}
