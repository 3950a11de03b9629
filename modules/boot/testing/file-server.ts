import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { ServedFile } from '../src/boot-source.ts'
import { createFileSender, type FileSender, type FileSenderOptions } from '../src/http/file-sender.ts'
import { type Served, serveFile } from '../src/http/serve-file.ts'
import { type ArrivingFile, arrivingFile } from './arriving-file.ts'
import { RawHttpClient } from './raw-http-client.ts'

export type FileServer = {
  readonly port: number
  readonly sender: FileSender
  readonly folder: string
  /** What each request came to, in the order of their ends. */
  readonly served: readonly Served[]
  /** Resolves with the next request's result. */
  next(): Promise<Served>
  /** Puts random bytes under a path. `before` and `after`: they lie in a larger file, with so many around them. */
  add(path: string, size: number, around?: Around): Promise<Buffer>
  /** Puts a file there whose bytes arrive when the test says so. */
  addArriving(path: string, size: number, around?: Around): Promise<ArrivingFile>
  fileOf(path: string): ServedFile | undefined
  client(): RawHttpClient
}

type Around = { readonly before: number; readonly after: number }

export type FileServerOptions = FileSenderOptions & {
  /** Give out streams only, as a store does that has no files here. */
  readonly files?: 'on-disk' | 'streamed'
  readonly listen?: (onRequest: RequestListener) => Server
}

/** A server on loopback whose files are served through `serveFile`; ends with the test. */
export async function fileServer(t: TestContext, options: FileServerOptions = {}): Promise<FileServer> {
  const { files = 'on-disk', listen = createServer, ...senderOptions } = options
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-http-'))
  const sender = createFileSender(senderOptions)
  const added = new Map<string, ServedFile>()
  const served: Served[] = []
  const waiting: ((result: Served) => void)[] = []
  const clients: RawHttpClient[] = []

  const server = listen((request, response) => {
    const file = added.get(request.url ?? '')
    if (file === undefined) response.writeHead(404, { 'content-length': 0 }).end()
    else
      void serveFile(request, response, file, sender).then((result) => {
        served.push(result)
        waiting.shift()?.(result)
      })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  t.after(async () => {
    await sender.stop()
    await Promise.all(clients.map((client) => client.close()))
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
    await rm(folder, { recursive: true, force: true })
  })

  return {
    port,
    sender,
    folder,
    served,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    fileOf: (path) => added.get(path),
    async add(path, size, { before, after } = { before: 0, after: 0 }) {
      const file = join(folder, createHash('sha256').update(path).digest('hex'))
      await writeFile(file, randomBytes(before + size + after))
      const bytes = (await readFile(file)).subarray(before, before + size)
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
      const read = async (first: number, last: number) =>
        createReadStream(file, { start: before + first, end: before + last })
      added.set(path, { digest, size, read, ...(files === 'on-disk' && { path: file, offset: before }) })
      return bytes
    },
    async addArriving(path, size, around) {
      const file = join(folder, createHash('sha256').update(path).digest('hex'))
      const arriving = await arrivingFile(file, size, { ...around, files })
      added.set(path, arriving.served)
      return arriving
    },
    client() {
      const client = new RawHttpClient(port)
      clients.push(client)
      return client
    },
  }
}
