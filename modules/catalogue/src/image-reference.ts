/** What a machine follows: the usual channel of an image, one of its channels, or one release for ever. */
export type ImageReference = {
  readonly image: string
  readonly channel?: string
  readonly number?: number
}

const pattern = /^([a-z0-9][a-z0-9._-]{0,62})(?:@(?:([1-9][0-9]{0,8})|([a-z][a-z0-9._-]{0,31})))?$/

/** `demo`, `demo@testing` or `demo@3`; `undefined` for anything else. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, image, number, channel] = pattern.exec(text) ?? []
  if (image === undefined) return undefined
  return {
    image,
    ...(number !== undefined && { number: Number(number) }),
    ...(channel !== undefined && { channel }),
  }
}
