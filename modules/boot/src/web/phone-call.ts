import type { IncomingMessage } from 'node:http'
import type { PhoneCall } from '../boot-source.ts'
import { tame } from '../log.ts'
import { formBody } from './form-body.ts'

const states: readonly string[] = ['done', 'failed', 'log']

/**
 * What a machine says when it phones home: the query, or a form (cloud-init's `phone_home`, `curl -d`, `wget
 * --post-data`). Without a state it is done. Hostile until shown otherwise; `undefined`: it is no call.
 */
export async function phoneCallFrom(
  request: IncomingMessage,
  search: string,
): Promise<Pick<PhoneCall, 'state' | 'text'> | undefined> {
  const query = new URLSearchParams(search.slice(0, 2048))
  const form = new URLSearchParams(await formBody(request))
  const state = query.get('state') ?? form.get('state') ?? 'done'
  if (!states.includes(state)) return undefined
  const text = tame(query.get('text') ?? form.get('text') ?? '', 500)
  return { state: state as PhoneCall['state'], text }
}
