import type { IncomingHttpHeaders } from 'node:http'
import { Agent, request } from 'node:https'
import type { TlsCredentials } from '../src/certificates/tls-credentials.ts'

export type RawRequest = {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Absent: nobody. */
  readonly as?: TlsCredentials
  /** Absent: any server is believed. */
  readonly ca?: string | undefined
}

/** One request on a connection of its own, with whatever a test wishes. */
export function rawRequest(raw: RawRequest): Promise<{
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly json: Record<string, unknown>
}> {
  const { port, path, method = 'GET', headers = {}, body, as, ca } = raw
  const agent = new Agent({ keepAlive: false })
  const identity = as && { key: as.key, cert: as.certificate }
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca }
  const servername = 'platform.bootcast.internal'
  const options = { host: '127.0.0.1', port, path, method, headers, agent, servername, ...identity, ...trust }
  return new Promise((resolve, reject) => {
    const asked = request(options, async (response) => {
      const pieces: Buffer[] = []
      try {
        for await (const piece of response) pieces.push(piece)
      } catch (error) {
        return reject(error)
      }
      const bytes = Buffer.concat(pieces)
      const isJson = /json/.test(response.headers['content-type'] ?? '')
      const json = isJson ? JSON.parse(bytes.toString()) : {}
      resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, json })
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
