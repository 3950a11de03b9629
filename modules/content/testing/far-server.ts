import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { type Digest, digestHex, digestOf } from '../src/digest.ts'

/** Answers in place of the server; `serve` answers as it would have. */
export type Misbehave = (request: IncomingMessage, response: ServerResponse, serve: () => void) => void

const pieceBytes = 32 * 1024

/** An upstream on loopback as a site knows it: GET with Range, HEAD, and parts. It counts, and can misbehave. */
export class FarServer {
  readonly #blobs = new Map<string, Buffer>()
  readonly #server = createServer((request, response) => this.#answer(request, response))
  readonly #sockets = new Set<Socket>()
  /** Bytes of bodies. */
  sentBytes = 0
  /** Method and path, with the range. */
  readonly asked: string[] = []
  misbehave: Misbehave | undefined
  /** Waited for before each piece of a body. */
  pace: ((bytes: number) => Promise<void>) | undefined

  static async start(t: Pick<TestContext, 'after'>): Promise<FarServer> {
    const far = new FarServer()
    far.#server.on('connection', (socket: Socket) => {
      far.#sockets.add(socket.on('error', () => undefined))
      socket.once('close', () => far.#sockets.delete(socket))
    })
    await far.listen()
    t.after(() => far.stop())
    return far
  }

  /** Again on the same port after `stop`, when it had one. */
  async listen(port = 0): Promise<void> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  put(bytes: Buffer): Digest {
    const digest = digestOf(bytes)
    this.putAs(digest, bytes)
    return digest
  }

  /** As one that lies would have it. */
  putAs(digest: Digest, bytes: Buffer): void {
    this.#blobs.set(digestHex(digest), bytes)
  }

  remove(digest: Digest): void {
    this.#blobs.delete(digestHex(digest))
  }

  /** For HttpBlobs; without `partsUrlOf` it is a plain object store. */
  get addresses() {
    const base = `http://127.0.0.1:${this.port}`
    return {
      urlOf: (digest: Digest) => new URL(`${base}/blobs/${digestHex(digest)}`),
      partsUrlOf: (digest: Digest) => new URL(`${base}/parts/${digestHex(digest)}`),
    }
  }

  cutConnections(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  stop(): void {
    this.#server.close()
    this.cutConnections()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { method, url, headers } = request
    this.asked.push([method, url, headers.range].filter(Boolean).join(' '))
    const serve = () => {
      this.#serve(request, response).catch(() => response.destroy())
    }
    if (this.misbehave === undefined) serve()
    else this.misbehave(request, response, serve)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, kind, hex = ''] = request.url?.split('/') ?? []
    const bytes = this.#blobs.get(hex)
    if (bytes === undefined) return void response.writeHead(404).end()
    if (kind === 'parts') return await this.#serveParts(request, response, bytes)
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const part = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1)
    const range = from !== undefined && { 'content-range': `bytes ${from}-${to}/${bytes.length}` }
    response.writeHead(range ? 206 : 200, { 'content-length': part.length, ...range })
    await this.#send(response, request.method === 'HEAD' ? Buffer.alloc(0) : part)
  }

  async #serveParts(request: IncomingMessage, response: ServerResponse, bytes: Buffer): Promise<void> {
    const { ranges } = JSON.parse(await text(request)) as { ranges: [number, number][] }
    const parts = Buffer.concat(ranges.map(([first, last]) => bytes.subarray(first, last + 1)))
    const packed = zstdCompressSync(parts)
    const isSmaller = packed.length < parts.length
    response.writeHead(200, isSmaller ? { 'content-encoding': 'zstd' } : {})
    await this.#send(response, isSmaller ? packed : parts)
  }

  async #send(response: ServerResponse, body: Buffer): Promise<void> {
    for (let at = 0; at < body.length && !response.destroyed; at += pieceBytes) {
      const piece = body.subarray(at, at + pieceBytes)
      await this.pace?.(piece.length)
      this.sentBytes += piece.length
      if (!response.write(piece)) await drained(response)
    }
    response.end()
  }
}

/** It takes more, or is closed. */
export async function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  response.once('drain', resolve).once('close', resolve)
  await promise
  response.off('drain', resolve).off('close', resolve)
}
