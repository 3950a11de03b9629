import { z } from 'zod'
import { dhcpServerSchema, dhcpTextSchema, networkSchema } from './network.ts'
import type { Route } from './route.ts'

/** Calls about the network of the machines. */
export const networkRoutes = {
  showNetwork: {
    method: 'GET',
    path: '/api/v1/network',
    summary: 'What is heard by DHCP, what is in the way of a boot, and what to do',
    who: 'status.read',
    reply: networkSchema,
  },
  showDhcpText: {
    method: 'GET',
    path: '/api/v1/network/dhcp-texts/:server',
    summary: 'Configuration for another DHCP server, which lets machines boot from this platform',
    who: 'status.read',
    params: z.object({ server: dhcpServerSchema }),
    query: z.object({
      address: z
        .ipv4()
        .optional()
        .describe('Of this platform in the network of the machines; absent: the first'),
    }),
    reply: dhcpTextSchema,
  },
} as const satisfies Record<string, Route>
