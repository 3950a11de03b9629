import { ApiError, type ClientOptions, problemOf, request } from './client.ts'

/** The bytes of an upload from a place on. */
export type UploadBody = { readonly from: number; readonly body: BodyInit; readonly length: number }

/** Uploads that go on where they broke: tus 1.0.0, `docs/protocols/uploads.md`. Errors are those of `Client.call`. */
export type ResumableUploads = {
  /** @returns the id of the upload */
  create(
    file: { readonly name: string; readonly size: number; readonly key: string },
    signal?: AbortSignal,
  ): Promise<string>
  /** How many bytes are there. */
  offset(id: string, signal?: AbortSignal): Promise<number>
  /** Sends bytes; @returns how many are there now. */
  append(id: string, part: UploadBody, signal?: AbortSignal): Promise<number>
  /** Nobody will go on with it. */
  remove(id: string, signal?: AbortSignal): Promise<void>
}

const path = '/api/v1/uploads'

export function createResumableUploads(options: ClientOptions): ResumableUploads {
  const send = options.fetch ?? fetch
  const base = options.url.replace(/\/+$/, '')
  const call = async (where: string, init: RequestInit & { readonly headers?: Record<string, string> }) => {
    const own = {
      'tus-resumable': '1.0.0',
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
    }
    const response = await request(send, new URL(base + where), {
      ...init,
      headers: { ...own, ...init.headers },
      redirect: 'error',
    })
    if (!response.ok) throw new ApiError(await problemOf(response))
    return response.headers
  }
  const signalOf = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })
  return {
    async create({ name, size, key }, signal) {
      const metadata = `filename ${base64(name)},key ${base64(key)}`
      const headers = { 'upload-length': String(size), 'upload-metadata': metadata }
      const answer = await call(path, { method: 'POST', headers, ...signalOf(signal) })
      return answer.get('location')?.split('/').at(-1) ?? ''
    },
    async offset(id, signal) {
      const answer = await call(`${path}/${id}`, { method: 'HEAD', ...signalOf(signal) })
      return Number(answer.get('upload-offset'))
    },
    async append(id, { from, body, length }, signal) {
      const headers = {
        'content-type': 'application/offset+octet-stream',
        'content-length': String(length),
        'upload-offset': String(from),
      }
      // `duplex`: bodies that stream need it (Fetch standard); lib.dom does not know it.
      const streaming = { duplex: 'half' } as RequestInit
      const init = { ...streaming, method: 'PATCH', body, ...signalOf(signal), headers }
      return Number((await call(`${path}/${id}`, init)).get('upload-offset'))
    },
    async remove(id, signal) {
      await call(`${path}/${id}`, { method: 'DELETE', ...signalOf(signal) })
    },
  }
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}
