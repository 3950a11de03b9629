import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ApiKey, signedPath } from '../credentials.ts'
import { type Node, readStrictly, textAt } from './strict-document.ts'

export type PublishedClientOptions = {
  /** Ends with the root context: `http://forge/api`. */
  readonly url: string
  readonly user: string
  /** Or an API key. */
  readonly by: string | ApiKey
  /** Hears every document that came. */
  readonly onDocument?: (text: string) => void
  readonly sleep?: (ms: number) => Promise<unknown>
}

/** A client is written for one version, and stops at any other. */
const itsVersion = '3.8.13'
const pollMs = 2_000

/** A uforgeError, as clients tell it. */
export class ServerSaid extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * A client of UForge as the published SDK 3.8.13 and hammr behave, told from their sources: asks for the status first,
 * compares the type of an answer as it stands, reads it by the schema with no way out, polls every 2 s, and downloads
 * without a sign-in, by the Content-Length.
 */
export class PublishedClient {
  readonly #options: PublishedClientOptions

  private constructor(options: PublishedClientOptions) {
    this.#options = options
  }

  /** @throws when the server is of another version */
  static async start(options: PublishedClientOptions): Promise<PublishedClient> {
    const client = new PublishedClient(options)
    const version = textAt(await client.get('status'), 'version')
    assert.equal(version, itsVersion, 'the version of the server is not that of this client')
    return client
  }

  get own(): string {
    return `users/${this.#options.user}`
  }

  async get(path: string): Promise<Node> {
    return await this.call('GET', path)
  }

  async call(method: string, path: string, document?: string): Promise<Node> {
    const response = await this.send(method, path, document)
    const text = await response.text()
    // Anything else, and it hands out a string where an object is expected.
    assert.equal(response.headers.get('content-type'), 'application/xml')
    this.#options.onDocument?.(text)
    const root = readStrictly(text)
    if (root.name !== 'uforgeError') {
      assert.equal(response.status, method === 'POST' ? 201 : 200)
      return root
    }
    assert.equal(textAt(root, 'statusCode'), String(response.status))
    throw new ServerSaid(response.status, textAt(root, 'localizedErrorMsg/message') ?? '')
  }

  /** @throws unless it answers as a removal does: 204, and nothing */
  async remove(path: string): Promise<void> {
    const response = await this.send('DELETE', path)
    if (response.status === 204) return assert.equal(await response.text(), '')
    throw new ServerSaid(
      response.status,
      textAt(readStrictly(await response.text()), 'localizedErrorMsg/message') ?? '',
    )
  }

  async send(method: string, path: string, document?: string): Promise<Response> {
    const { url, user, by } = this.#options
    // As it goes out: `fetch` escapes what others leave as it is, and the signature is over what is sent.
    const sent = new URL(`${url}/${path}`).href.slice(url.length + 1)
    const signed = typeof by === 'string' ? sent : signedPath(sent, by)
    const basic = `Basic ${Buffer.from(`${user}:${by}`).toString('base64')}`
    return await fetch(`${url}/${signed}`, {
      method,
      headers: {
        'content-type': 'application/xml',
        accept: 'application/xml',
        ...(typeof by === 'string' && { authorization: basic }),
      },
      ...(document !== undefined && { body: document }),
    })
  }

  /** As the list of images is shown: all of this is joined to texts there, and nothing of it may be missing. */
  async images(): Promise<readonly Node[]> {
    const images = listed(await this.get(`${this.own}/images`), 'images')
    for (const image of images) for (const path of ofImage) assert.ok(textAt(image, path) !== undefined, path)
    return images
  }

  async appliances(query = ''): Promise<readonly Node[]> {
    const found = listed(await this.get(`${this.own}/appliances${query}`), 'appliances')
    for (const one of found) for (const path of ofAppliance) assert.ok(textAt(one, path) !== undefined, path)
    return found
  }

  /** Waits until a generation is complete, an error or cancelled. */
  async ended(image: Node): Promise<Node> {
    for (;;) {
      const status = await this.get(`${textAt(image, 'uri')}/status`)
      if (['complete', 'error', 'cancelled'].some((end) => textAt(status, end) === 'true')) return status
      await (this.#options.sleep ?? sleep)(pollMs)
    }
  }

  async download(image: Node): Promise<Buffer> {
    if (textAt(image, 'compress') !== 'true') throw new Error('prepared to be published. Cannot download.')
    const response = await fetch(`${this.#options.url}/${textAt(image, 'downloadUri')}`)
    assert.equal(response.status, 200)
    const length = response.headers.get('content-length')
    assert.ok(length !== null, 'KeyError: content-length')
    const bytes = Buffer.from(await response.arrayBuffer())
    assert.equal(bytes.length, Number(length))
    return bytes
  }
}

const ofImage = [
  ...['dbId', 'name', 'version', 'revision', 'created', 'fileSize', 'compress', 'uri', 'parentUri'],
  ...['complete', 'error', 'cancelled', 'percentage', 'message'].map((name) => `status/${name}`),
  ...['targetFormat/name', 'targetFormat/format/name', 'targetFormat/category/name', 'installProfile'],
]
const ofAppliance = [
  ...['dbId', 'name', 'version', 'distributionName', 'archName', 'created', 'lastModified', 'uri'],
]

/** A list without its inner element is `None`, over which they cannot go. */
export function listed(root: Node, name: string): readonly Node[] {
  const inner = root.children.find((child) => child.name === name)
  assert.ok(inner, `${root.name}.${name} is None`)
  return inner.children
}
