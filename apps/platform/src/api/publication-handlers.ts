import { parseDigest } from '@bootcast/content'
import type { Publication as ShownPublication } from '@bootcast/contract'
import type { Publication, PublicationRequest, Publications } from '../publishing/publications.ts'
import type { UploadStore } from '../uploads/upload-store.ts'
import type { Call, Handlers } from './handlers.ts'
import { shownRelease } from './image-handlers.ts'
import { problemResponse, Refused } from './problem-response.ts'

type PublicationCalls =
  | 'listUploads'
  | 'publishInput'
  | 'listPublications'
  | 'showPublication'
  | 'cancelPublication'
export type PublicationHandlersOptions = {
  readonly publications: Publications
  readonly uploads: UploadStore
}

export function publicationHandlers({
  publications,
  uploads,
}: PublicationHandlersOptions): Pick<Handlers, PublicationCalls> {
  return {
    async listUploads({ user }) {
      const items = uploads.listOf(user).map(({ id, name, size, offset, key, expiresAt }) => ({
        id,
        name,
        size,
        offset,
        key,
        expiresAt: new Date(expiresAt).toISOString(),
      }))
      return { items }
    },
    async publishInput({ params, body, user }) {
      const { channel, recipe, byHand, cmdline } = body
      const input = inputOf(body.input)
      return shownPublication(
        publications.start({
          image: params.name,
          user,
          channel: channel ?? undefined,
          input,
          recipe,
          byHand,
          cmdline,
        }),
      )
    },
    async listPublications({ user }) {
      return { items: publications.listOf(user).map(shownPublication) }
    },
    async showPublication({ params, user }) {
      return shownPublication(publications.find(params.id, user))
    },
    async cancelPublication({ params, user }) {
      await publications.cancel(params.id, user)
      return undefined
    },
  }
}

function inputOf(input: Call<'publishInput'>['body']['input']): PublicationRequest['input'] {
  if (!('blob' in input)) return input
  const blob = parseDigest(input.blob)
  if (blob === undefined) throw new Refused('invalid_request', 'The digest is not of the right form')
  return { blob, name: input.name }
}

function shownPublication(publication: Publication): ShownPublication {
  const { id, image, channel, input, startedAt, state, stage, bytes, release, error } = publication
  return {
    id,
    image,
    ...(channel !== undefined && { channel }),
    input: {
      name: input.name,
      ...(input.upload !== undefined && { upload: input.upload }),
      ...(input.blob !== undefined && { blob: input.blob }),
    },
    startedAt: new Date(startedAt).toISOString(),
    state,
    ...(stage !== undefined && { stage }),
    ...(bytes !== undefined && { done: bytes.done }),
    ...(bytes?.total !== undefined && { total: bytes.total }),
    ...(release !== undefined && { release: shownRelease(release) }),
    ...(error !== undefined && { problem: problemResponse(error, `publication ${id}`).problem }),
  }
}
