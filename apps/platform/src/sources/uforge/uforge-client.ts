import { type ApiKey, signedPath } from '../../uforge/credentials.ts'
import { readDocument, UnreadableDocument } from '../../uforge/documents/read-document.ts'
import * as types from '../../uforge/documents/schema.ts'
import type { XmlType, XmlValue } from '../../uforge/documents/xml-type.ts'
import { OfferRefused, SourceFailed } from '../image-source.ts'
import { OtherHost, type Small, type WholeFile } from '../other-host.ts'

export type UforgeAccount = {
  /** The login name: part of all paths. */
  readonly user: string
} & ({ readonly password: string } | { readonly apiKey: ApiKey })

export type UforgeClientOptions = {
  /** With its root context; without a path: `/api`. */
  readonly url: string
  readonly account: UforgeAccount
  readonly documentMs?: number | undefined
}

export type ForgeImage = XmlValue<typeof types.image>
export type ForgeUser = XmlValue<typeof types.user>

const limits = { document: 16 * 1024 * 1024, script: 1024 * 1024 }
const xml = 'application/xml'

/** As much of a forge (UForge REST API 3.8.13) as a source needs. @throws {SourceFailed} */
export class UforgeClient {
  readonly #host: OtherHost
  readonly #user: string

  constructor({ url, account, documentMs }: UforgeClientOptions) {
    const base = new URL(url)
    if (base.pathname === '/') base.pathname = '/api'
    const credentials = credentialsFor(account)
    this.#host = new OtherHost({ url: base.href, credentials, documentMs })
    this.#user = `users/${encodeURIComponent(account.user)}`
  }

  /** Whether it says that it lives: asked first, as its own clients do. */
  async checkAlive(signal: AbortSignal): Promise<void> {
    const { alive } = await this.#read('status', 'serviceStatus', types.serviceStatus, signal)
    if (alive === false) throw new SourceFailed('The forge says of itself that it is not alive.')
  }

  /** The account itself; `undefined`: the forge refuses it. */
  async account(signal: AbortSignal): Promise<ForgeUser | undefined> {
    const answer = await this.#host.document(this.#user, xml, limits.document, signal)
    if ([401, 403, 404].includes(answer.status)) return undefined
    return understood(answer, this.#user, 'user', types.user)
  }

  async images(signal: AbortSignal): Promise<readonly ForgeImage[]> {
    const { images = [] } = await this.#read(`${this.#user}/images`, 'images', types.images, signal)
    return images
  }

  /** The script with what the user may boot, and its own address. */
  async script(signal: AbortSignal): Promise<{ readonly text: string; readonly base: string }> {
    const path = `${this.#user}/pxe`
    const answer = await this.#host.document(path, 'application/octet-stream', limits.script, signal)
    checkStatus(answer.status, path)
    return { text: answer.text, base: new URL(path, this.#host.url).href }
  }

  /** A file of an image, by its raw path below the root context. @throws {OfferRefused} when it is not there */
  async file(path: string, signal: AbortSignal): Promise<WholeFile> {
    return await this.#host.file(path, signal, (status) =>
      [403, 404, 410].includes(status)
        ? new OfferRefused(`The forge answers ${status} for ${path.slice(0, 200)}.`)
        : statusFailure(status, path),
    )
  }

  async #read<const Type extends XmlType>(path: string, root: string, type: Type, signal: AbortSignal) {
    return understood(await this.#host.document(path, xml, limits.document, signal), path, root, type)
  }
}

function understood<const Type extends XmlType>(
  { status, text }: Small,
  path: string,
  root: string,
  type: Type,
): XmlValue<Type> {
  checkStatus(status, path)
  try {
    return readDocument(root, type, text)
  } catch (cause) {
    if (!(cause instanceof UnreadableDocument)) throw cause
    throw new SourceFailed(`The forge’s answer to ${path} is not understood: ${cause.message}`, { cause })
  }
}

function checkStatus(status: number, path: string): void {
  if (status !== 200) throw statusFailure(status, path)
}

const statusFailure = (status: number, path: string): SourceFailed =>
  new SourceFailed(
    status === 401
      ? 'The forge refuses the user: the password or the key is wrong, or has ended.'
      : `The forge answers ${status} for ${path.slice(0, 200)}.`,
  )

const credentialsFor = (account: UforgeAccount) =>
  'password' in account
    ? (path: string) => ({ path, headers: { authorization: basic(account.user, account.password) } })
    : (path: string) => ({ path: signedPath(path, account.apiKey), headers: {} })

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
