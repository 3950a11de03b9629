import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createResumableUploads, type Publication, type PublishInput } from '@bootcast/contract'
import { startWholePlatform } from './platform-suite.ts'

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** A whole platform with an empty store, and what publishing takes: upload, start, wait, look what is kept. */
export async function publishingScene(...argv: readonly string[]) {
  const platform = await startWholePlatform(argv)
  const { client, url, token } = platform
  const uploads = createResumableUploads({ url, token })
  const ended = async (started: Publication): Promise<Publication> => {
    for (;;) {
      const now = await client.call('showPublication', { params: { id: started.id } })
      if (now.state === 'done' || now.state === 'failed') return now
      await sleep(20)
    }
  }
  const start = (body: PublishInput) => client.call('publishInput', { params: { name: 'demo' }, body })
  const publish = async (name: string, bytes: Buffer, more: Partial<PublishInput> = {}) => {
    const id = await uploads.create({ name, size: bytes.length, key: 'k' })
    await uploads.append(id, { from: 0, body: new Uint8Array(bytes), length: bytes.length })
    return await ended(await start({ input: { upload: id, digest: `sha256:${sha256(bytes)}` }, ...more }))
  }
  /** Digits of all that is in the store. */
  const blobs = () => {
    const folder = join(platform.started.data, 'store/blobs/sha256')
    return readdirSync(folder).flatMap((prefix) => readdirSync(join(folder, prefix)))
  }
  /** All that a publication may leave: blobs, uploads, scratch files, images. */
  const kept = async () => [
    ...blobs(),
    ...['uploads', 'scratch'].flatMap((name) => readdirSync(join(platform.started.data, name))),
    ...(await client.call('listImages', { query: {} })).items,
  ]
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(path.startsWith('http') ? path : url + path, { headers })
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
  }
  const script = async () => {
    await client.call('changeSettings', { body: { defaultImage: 'demo' } })
    return (await get('/boot.ipxe?mac=52:54:00:12:34:56&buildarch=x86_64&platform=efi')).bytes.toString()
  }
  return {
    ...platform,
    uploads,
    ended,
    start,
    publish,
    blobs,
    kept,
    get,
    script,
    [Symbol.asyncDispose]: platform[Symbol.asyncDispose],
  }
}
