import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { PendingUpload, UploadStore } from '../uploads/upload-store.ts'
import type { Admission } from './admission.ts'
import { Refused } from './problem-response.ts'
import { Stopping, Upload } from './upload.ts'

export type UploadOptions = {
  readonly uploads: UploadStore
  readonly mostBytes: number
  readonly admission: Admission
  readonly stopping: AbortSignal
  readonly stallMs?: number | undefined
}

const version = '1.0.0'
export const uploadsPath = '/api/v1/uploads'

/**
 * Uploads that go on where they broke: tus 1.0.0 (https://tus.io/protocols/resumable-upload) with the extensions
 * creation, expiration and termination. `docs/protocols/uploads.md`
 */
export function addUploads(app: FastifyInstance, options: UploadOptions): void {
  const { uploads, mostBytes } = options
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/offset+octet-stream', (_request, _payload, parsed) => parsed(null))
  // Clients send whatever their library takes for the empty body of a POST.
  app.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null))
  app.addHook('onRequest', async (request, reply) => {
    if (options.stopping.aborted) throw new Stopping()
    reply.header('tus-resumable', version)
    if (request.method !== 'OPTIONS') await checkCaller(request, reply, options)
  })
  app.options(uploadsPath, (_, reply) =>
    reply
      .code(204)
      .headers({
        'tus-version': version,
        'tus-extension': 'creation,expiration,termination',
        'tus-max-size': String(mostBytes),
      })
      .send(),
  )
  app.post(uploadsPath, async (request, reply) => {
    const size = wholeNumber(request, 'upload-length')
    const { filename = 'upload', key = '' } = metadataOf(request)
    const made = await uploads.create({ name: filename, size, user: request.user, key })
    return reply
      .code(201)
      .headers({ location: `${uploadsPath}/${made.id}`, ...expiry(made) })
      .send()
  })
  app.head(`${uploadsPath}/:id`, async (request, reply) => {
    const { offset, size, ...upload } = await uploads.resume(idOf(request), request.user)
    return reply
      .headers({ 'upload-offset': String(offset), 'upload-length': String(size), ...expiry(upload) })
      .send()
  })
  app.patch(`${uploadsPath}/:id`, async (request, reply) => {
    const from = wholeNumber(request, 'upload-offset')
    const stall = options.stallMs === undefined ? {} : { stallMs: options.stallMs }
    const body = new Upload(request.raw, { signal: options.stopping, response: reply.raw, ...stall })
    const id = idOf(request)
    const offset = await uploads.append(id, request.user, from, body)
    const { expiresAt } = uploads.find(id, request.user)
    return reply
      .code(204)
      .headers({ 'upload-offset': String(offset), ...expiry({ expiresAt }) })
      .send()
  })
  app.delete(`${uploadsPath}/:id`, async (request, reply) => {
    await uploads.remove(idOf(request), request.user)
    return reply.code(204).send()
  })
}

async function checkCaller(request: FastifyRequest, reply: FastifyReply, { admission }: UploadOptions) {
  request.user = (await admission.admit(request, 'images.publish', 'upload')).user
  if (request.headers['tus-resumable'] !== version) {
    reply.header('tus-version', version)
    throw new Refused(
      'upload_version',
      `Send “Tus-Resumable: ${version}”; this platform speaks no other version`,
    )
  }
  if (request.method === 'PATCH' && request.headers['content-type'] !== 'application/offset+octet-stream')
    throw new Refused(
      'invalid_request',
      'The Content-Type of an upload must be application/offset+octet-stream',
    )
  if (request.headers.expect !== undefined) reply.raw.writeContinue()
}

const idOf = ({ params }: FastifyRequest) => (params as { readonly id: string }).id

const expiry = ({ expiresAt }: Pick<PendingUpload, 'expiresAt'>) => ({
  'upload-expires': new Date(expiresAt).toUTCString(),
})

function wholeNumber({ headers }: FastifyRequest, name: 'upload-length' | 'upload-offset'): number {
  const text = headers[name]
  if (typeof text !== 'string' || !/^[0-9]{1,15}$/.test(text))
    throw new Refused('invalid_request', `The header ${name} must say how many bytes`)
  return Number(text)
}

const metadataLimit = 4096

/** `filename d29ybGQ=,key YWJj`: names and base64 (tus, "Upload-Metadata"). */
function metadataOf({ headers }: FastifyRequest): { readonly filename?: string; readonly key?: string } {
  const text = headers['upload-metadata']
  if (typeof text !== 'string') return {}
  if (text.length > metadataLimit)
    throw new Refused('invalid_request', 'The header upload-metadata is too long')
  const pairs = text.split(',').map((pair) => {
    const [name = '', value = ''] = pair.trim().split(' ')
    return [name, Buffer.from(value, 'base64').toString('utf8').slice(0, 255)]
  })
  return Object.fromEntries(pairs.filter(([name]) => name === 'filename' || name === 'key'))
}
