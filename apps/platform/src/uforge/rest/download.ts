import { may } from '@bootcast/contract'
import { Refused } from '../../api/problem-response.ts'
import { Forbidden } from '../../identity/sessions.ts'
import { numbered } from '../uforge-numbers.ts'
import type { Asker } from '../uforge-people.ts'
import type { Forge } from './forge.ts'
import type { Answer, Call } from './resource.ts'
import { imageOrBuild, visibleImage } from './visible.ts'

/**
 * A release as one file, the bundle of `docs/protocols/bundle.md`: to the holder of a key, once and without a sign-in,
 * and to whose role reads images.
 */
export async function downloadOf(forge: Forge, call: Call): Promise<Answer> {
  const key = call.query.get('downloadId')
  const { image, number } = key === null ? await signedIn(forge, call) : await byKey(forge, call, key)
  const { name, size, bytes } = await forge.bundleOf(image, number)
  return { kind: 'file', name, size, bytes }
}

async function signedIn(forge: Forge, { admit, params }: Call) {
  return await releaseFor(forge, await admit('images.read'), params)
}

/** Who was shown the key must still be there, and still be somebody who may have the bytes. */
async function byKey(forge: Forge, { params, isHead }: Call, key: string) {
  const known = await numbered(forge.numbers, params['itid'] ?? '')
  const name = known?.kind === 'release' ? known.name : ''
  const user = forge.downloads.check(key, name)
  const holder = await forge.users.findUser(user)
  if (holder === undefined || holder.disabled || !may(holder.role, 'images.read'))
    throw new Forbidden('Who was given this key may not have the image any more')
  const release = await releaseFor(forge, { ...holder, by: 'password' }, params)
  // Last: what is not there uses no key up. Of two at the same time this lets one through.
  if (!isHead) forge.downloads.redeem(key, name)
  return release
}

async function releaseFor(forge: Forge, asker: Asker, params: Call['params']) {
  const of = await visibleImage(forge, asker, params['aid'] ?? '')
  const one = await imageOrBuild(forge, of, params['itid'] ?? '')
  if (one.kind === 'build') throw new Refused('not_found', 'The image is not generated yet')
  return one.release.release
}
