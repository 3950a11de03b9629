import type { Client } from '@bootcast/contract'
import { Failure } from './failure.ts'

/** The release that a reference stands for now: `demo`, `demo@testing`, `demo@3`. @throws {Failure} */
export async function meantRelease(
  client: Client,
  text: string,
): Promise<{ readonly image: string; readonly number: number }> {
  const { image, number, channel } = splitReference(text)
  if (number !== undefined) return { image, number }
  const { channels, newest } = await client.call('showImage', { params: { name: image } })
  const pointed = channels.find(({ name }) => name === (channel ?? 'stable'))?.number
  const found = pointed ?? (channel === undefined ? newest?.number : undefined)
  if (found !== undefined) return { image, number: found }
  throw new Failure(`${text} has no release.`, {
    code: 'release_not_found',
    todo: `See: bootcast image show ${image}`,
  })
}

/** `demo@testing` → image and channel, `demo@3` → image and number. The platform says what is wrong with others. */
export function splitReference(text: string): {
  readonly image: string
  readonly channel?: string
  readonly number?: number
} {
  const at = text.indexOf('@')
  if (at < 0) return { image: text }
  const [image, rest] = [text.slice(0, at), text.slice(at + 1)]
  return /^[1-9][0-9]{0,8}$/.test(rest) ? { image, number: Number(rest) } : { image, channel: rest }
}
