import type { LeaseStore } from '../src/dhcp/lease-store.ts'
import { decodeDhcp, encodeDhcp } from '../src/dhcp/packet.ts'
import { largestReply, replyTarget } from '../src/dhcp/reply.ts'
import { DhcpServer } from '../src/dhcp/server.ts'
import { openDhcpSocket } from '../src/dhcp/socket.ts'

/**
 * A DHCP server on a real socket, for tests and benchmarks that need it in a network namespace:
 *
 *     node dhcp-server-process.ts DEVICE ADDRESS NETMASK FIRST LAST STORE-MODULE [ARGUMENT]
 *
 * The module's `openLeaseStore(argument)` gives the store. Says "listening" when it is, and on SIGTERM what it counted.
 */
type StoreModule = { openLeaseStore(argument: string): Promise<LeaseStore> }

const [device = '', serverAddress = '', netmask = '', first = '', last = '', module = '', argument = ''] =
  process.argv.slice(2)
const { openLeaseStore } = (await import(module)) as StoreModule
const counts: Record<string, number> = {}
const server = new DhcpServer({
  serverAddress,
  netmask,
  range: { first, last },
  router: serverAddress,
  leaseSeconds: 1800,
  store: await openLeaseStore(argument),
  bootFields: () => ({ siaddr: serverAddress, file: 'undionly.kpxe', options: new Map() }),
})
await server.start()
const socket = await openDhcpSocket({
  address: '0.0.0.0',
  port: 67,
  device,
  onError: (error) => count(error.message),
  onPacket: (bytes) => void answer(bytes).catch((error) => count(String(error))),
})
process.stdout.write('listening\n')
process.once('SIGTERM', async () => {
  await socket.close()
  await server.stop()
  process.stdout.write(`${JSON.stringify(counts)}\n`)
})

async function answer(bytes: Uint8Array): Promise<void> {
  const request = decodeDhcp(bytes)
  if ('malformed' in request) return count(request.malformed)
  const reply = await server.answer(request)
  if ('ignored' in reply) return count(reply.ignored)
  const { address, port } = replyTarget(request, reply)
  socket.send(encodeDhcp(reply, { maxBytes: largestReply(request) }), port, address)
  count('answered')
}

function count(what: string): void {
  counts[what] = (counts[what] ?? 0) + 1
}
