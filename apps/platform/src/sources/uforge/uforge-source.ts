import { createHash } from 'node:crypto'
import { steady } from '../../publishing/fetch/steady.ts'
import { type ImageSource, mostOffers, type Offer, SourceFailed } from '../image-source.ts'
import { type ForgeFile, filesAsTar } from './files-as-tar.ts'
import { kernelWords } from './kernel-words.ts'
import { type PxeEntry, PxeScriptNotUnderstood, pxeEntries } from './pxe-script.ts'
import type { ForgeImage, UforgeClient } from './uforge-client.ts'

export type UforgeSourceOptions = {
  readonly client: UforgeClient
  /** That must not get into a release. */
  readonly secrets: readonly string[]
}

/**
 * Images of the format PXE of one account of a forge. What is in one stands in the script that the forge gives that
 * account; hosts in it are not believed, only paths of files, which are asked for where the forge was said to be.
 */
export class UforgeSource implements ImageSource {
  readonly #options: UforgeSourceOptions

  constructor(options: UforgeSourceOptions) {
    this.#options = options
  }

  async list(isWanted: (name: string) => boolean, signal: AbortSignal): Promise<readonly Offer[]> {
    const { client } = this.#options
    await client.checkAlive(signal)
    const all = (await client.images(signal)).filter(({ name = '' }) => isWanted(name))
    const images = all.filter(isReady).toSorted(byAge).slice(-mostOffers)
    if (images.length === 0) return []
    const { text, base } = await client.script(signal)
    const entries = firstOfEach(entriesIn(text, base))
    return images.map((image) => this.#offerOf(image, entries.get(placeOf(image.uri ?? '') ?? '')))
  }

  #offerOf(image: ForgeImage, entry: PxeEntry | undefined): Offer {
    const title = [image.name, image.version].filter(Boolean).join(' ') || `image ${image.dbId}`
    const name = image.name ?? ''
    const key = keyOf(image, entry)
    const refused = (problem: string): Offer => ({ key, title, name, problem })
    if (entry === undefined) return refused('The script of the forge starts nothing of it.')
    const fileAt = (url: URL) => pathOf(url, image)
    const words = kernelWords(entry.commandLine, { fileAt, secrets: this.#options.secrets })
    if ('problem' in words) return refused(words.problem)
    const addresses = [entry.kernel, ...entry.initrds]
    const paths = addresses.map((address) => fileAt(new URL(address)))
    const strange = addresses.find((_, index) => paths[index] === undefined)
    if (strange !== undefined)
      return refused(
        `The script of the forge names ${strange.slice(0, 200)}, which is no file of this image.`,
      )
    const files = [...paths.filter((path) => path !== undefined), ...words.files].map((path, index) =>
      this.#fileOf(image, path, index),
    )
    const [kernel = '', ...rest] = files.map(({ path }) => path)
    const initrds = rest.slice(0, entry.initrds.length)
    const roles = rest.slice(entry.initrds.length).map((path, index) => [`file${index + 1}`, path])
    const byHand = { kernel, initrds, files: Object.fromEntries(roles), cmdline: words.cmdline }
    return { key, title, name, byHand, input: inputOf(image, files) }
  }

  #fileOf(image: ForgeImage, path: string, index: number): ForgeFile {
    const { client } = this.#options
    const base = decodeURIComponent(path.split('/').at(-1) ?? '').replace(/[^A-Za-z0-9._+~-]/g, '_')
    return {
      path: `${index + 1}/${base.slice(0, 100)}`,
      open: (signal) => client.file(path, signal),
      sums: sumsOf(image, path),
    }
  }
}

/** The name of the input is what a release says of where it came from. */
function inputOf({ uri = '' }: ForgeImage, files: readonly ForgeFile[]) {
  return {
    url: `uforge:${uri.slice(0, 200)}`,
    fetcher: async (_: unknown, signal: AbortSignal) => ({
      bytes: steady(filesAsTar(files, signal)),
      size: undefined,
      name: `${uri.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 100)}.tar`,
    }),
  }
}

const isReady = ({ format, targetFormat, status, uri = '' }: ForgeImage): boolean =>
  (targetFormat?.format?.name ?? format?.name) === 'PXE' &&
  status?.complete !== false &&
  status?.error !== true &&
  status?.cancelled !== true &&
  placeOf(uri) !== undefined

const byAge = (a: ForgeImage, b: ForgeImage): number =>
  (a.created ?? 0) - (b.created ?? 0) || (a.dbId ?? 0) - (b.dbId ?? 0)

/** `appliances/5/images/7`: the same in the address of an image and in those of its files. */
const placeOf = (text: string): string | undefined =>
  /appliances\/\d{1,19}\/images\/\d{1,19}(?=\/|$)/.exec(text)?.[0]

function entriesIn(text: string, base: string): readonly PxeEntry[] {
  try {
    return pxeEntries(text, base)
  } catch (cause) {
    if (!(cause instanceof PxeScriptNotUnderstood)) throw cause
    throw new SourceFailed(`The script of the forge is not understood: ${cause.message}`, { cause })
  }
}

/** Of several entries for an image the first: its usual way to start. */
const firstOfEach = (entries: readonly PxeEntry[]): ReadonlyMap<string, PxeEntry> =>
  new Map(entries.toReversed().map((entry) => [placeOf(entry.kernel) ?? '', entry]))

/** The raw path of a file of this image below the root context; `undefined`: the address is of something else. */
function pathOf(url: URL, { uri = '' }: ForgeImage): string | undefined {
  const [, path, place, rest = ''] =
    /(?:^|\/)(users\/[^/]+\/(appliances\/\d+\/images\/\d+)\/files\/(.+))$/.exec(url.pathname) ?? []
  return place === placeOf(uri) && rest.split('/').every(isName) ? path : undefined
}

function isName(segment: string): boolean {
  try {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    return !/^\.{0,2}$|[/\\\u0000-\u001f\u007f]/.test(decodeURIComponent(segment))
  } catch {
    return false
  }
}

/** Sums of an image are of the file that it names. */
function sumsOf({ fileName, sha256sum = '', md5sum = '' }: ForgeImage, path: string): ForgeFile['sums'] {
  if (fileName === undefined || decodeURIComponent(path.split('/files/')[1] ?? '') !== fileName) return []
  const given = [
    { algorithm: 'sha256' as const, hex: sha256sum.toLowerCase(), is: /^[0-9a-f]{64}$/ },
    { algorithm: 'md5' as const, hex: md5sum.toLowerCase(), is: /^[0-9a-f]{32}$/ },
  ]
  return given.filter(({ hex, is }) => is.test(hex)).map(({ algorithm, hex }) => ({ algorithm, hex }))
}

function keyOf(
  { uri, revision, created, lastModified, sha256sum, md5sum }: ForgeImage,
  entry: PxeEntry | undefined,
) {
  const told = JSON.stringify([revision, created, lastModified, sha256sum, md5sum, entry])
  return `${uri?.slice(0, 300)} ${createHash('sha256').update(told).digest('hex')}`
}
