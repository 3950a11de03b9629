import { type BlobStore, BlobTooLarge, type Digest, parseDigest } from '@bootcast/content'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

export type BlobHandlersOptions = { readonly blobs: BlobStore; readonly maxUploadBytes: number }

export function blobHandlers({
  blobs,
  maxUploadBytes,
}: BlobHandlersOptions): Pick<Handlers, 'findBlob' | 'putBlob'> {
  return {
    async findBlob({ params }) {
      await blobs.find(digestIn(params.digest))
      return undefined
    },
    async putBlob({ params, upload }) {
      const expected = digestIn(params.digest)
      if ((upload.announcedBytes ?? 0) > maxUploadBytes) throw new BlobTooLarge(maxUploadBytes)
      const { digest, size } = await blobs.put(upload, {
        expected,
        limitBytes: maxUploadBytes,
        signal: upload.signal,
      })
      return { digest, size }
    },
  }
}

function digestIn(text: string): Digest {
  const digest = parseDigest(text)
  if (digest === undefined) throw new Refused('invalid_request', 'The digest is not of the right form')
  return digest
}
