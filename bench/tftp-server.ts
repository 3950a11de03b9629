import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { TftpServer } from '../modules/netboot/src/tftp/server.ts'
import type { SendingWay } from '../modules/netboot/src/tftp/transfer-socket.ts'

/** The files of a folder by TFTP, read as they are asked for: `tftp-server.ts FOLDER native|portable`. Prints its port. */
const [folder = '.', sending] = process.argv.slice(2)
const server = new TftpServer({
  address: '127.0.0.1',
  port: 0,
  sending: sending as SendingWay,
  open: async ({ path }) => {
    const file = await open(join(folder, path))
    return {
      size: (await file.stat()).size,
      read: async (offset, length) => {
        const bytes = Buffer.allocUnsafe(length)
        const { bytesRead } = await file.read(bytes, 0, length, offset)
        return bytes.subarray(0, bytesRead)
      },
      close: () => void file.close(),
    }
  },
})
await server.start()
process.stdout.write(`${server.port}\n`)
