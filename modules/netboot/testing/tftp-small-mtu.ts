import { strict as assert } from 'node:assert'
import { TftpServer } from '../src/tftp/server.ts'
import { TftpTestClient } from './tftp-client.ts'
import { inMemory, sample } from './tftp-server-contract.ts'

/** To be run where loopback's MTU is less than a block: the kernel refuses segments, and fragments must do. */
const bytes = sample(200_000)
const server = new TftpServer({
  address: '127.0.0.1',
  port: 0,
  maxBlockSize: 1468,
  open: async () => inMemory(bytes),
})
await server.start()
const client = await TftpTestClient.open(server.port)
const got = await client.fetch('a', { blksize: '1468', windowsize: '16', tsize: '0' })
assert.ok(got.equals(bytes))
// Were the first try of a window lost, each of the 137 blocks would be sent again.
assert.ok(server.counters.retransmissions < 100)
client.close()
await server.stop()
process.stdout.write('identical')
