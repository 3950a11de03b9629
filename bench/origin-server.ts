import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFileSender, type ServedFile, serveFile } from '../modules/boot/src/index.ts'

/**
 * What is far away: `origin-server.ts BYTES_PER_SECOND PATH=FILE:SIZE …`, 0 for as fast as it can. Prints its port.
 * `/sent` tells how many bytes of bodies it has sent.
 */
const [rate, ...named] = process.argv.slice(2)
const files = new Map(
  named.map((text): [string, ServedFile] => {
    const [, url = '', path = '', size] = /^(.*)=(.*):(\d+)$/.exec(text) ?? []
    const read = async (start: number, end: number) => createReadStream(path, { start, end })
    return [url, { digest: `sha256:${url}`, size: Number(size), path, read }]
  }),
)

const sender = createFileSender({ totalBytesPerSecond: () => Number(rate) || undefined })
let sent = 0
const server = createServer((request, response) => {
  if (request.url === '/sent') return void response.end(String(sent))
  const file = files.get(request.url ?? '')
  if (file === undefined) return void response.writeHead(404).end()
  void serveFile(request, response, file, sender).then(({ bytes }) => {
    sent += bytes
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
