import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createFileSender } from '../src/http/file-sender.ts'
import { serveFile } from '../src/http/serve-file.ts'

/** Ends the process while a client that reads nothing holds a sendfile thread in epoll. */
const path = process.argv[2] ?? fileURLToPath(import.meta.url)
const size = Number(process.argv[3])
const sender = createFileSender()
const read = async (start: number, end: number) => createReadStream(path, { start, end })
const server = createServer((request, response) => {
  void serveFile(request, response, { digest: 'sha256:x', size, path, read }, sender)
})
server.listen(0, '127.0.0.1', () => {
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  client.pause()
  const begun = setInterval(() => {
    if (sender.active === 0) return
    clearInterval(begun)
    setTimeout(() => process.exit(sender.active === 1 ? 7 : 1), 200)
  }, 10)
})
