import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFileSender, type ServedFile, serveFile } from '../modules/boot/src/index.ts'

/** The platform's way to bytes and nothing else: `http-server.ts THREADS PATH=FILE:SIZE …`. Prints its port. */
const [threads, ...named] = process.argv.slice(2)
const files = new Map(
  named.map((text): [string, ServedFile] => {
    const [, url = '', path = '', size] = /^(.*)=(.*):(\d+)$/.exec(text) ?? []
    const read = async (start: number, end: number) => createReadStream(path, { start, end })
    return [url, { digest: `sha256:${url}`, size: Number(size), path, read }]
  }),
)

const sender = createFileSender({ threads: Number(threads) })
const server = createServer((request, response) => {
  const file = files.get(request.url ?? '')
  if (file === undefined) response.writeHead(404).end()
  else void serveFile(request, response, file, sender)
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
