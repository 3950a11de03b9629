import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { UpstreamAway, UpstreamRefused } from '@bootcast/uplink'
import { siteFolder } from '../../testing/site-folder.ts'
import { SignInVerifiers } from '../kept/sign-in-verifiers.ts'
import { SitePeople, type SitePeopleSettings } from './site-people.ts'

const graceMs = 60 * 60_000

/** The upstream knows ann and ben; the snapshot names whom `named` does. */
function scene(t: TestContext) {
  const verifiers = new SignInVerifiers({ database: siteFolder(t).open(), pepper: Buffer.alloc(32, 7) })
  const now = { upstream: 'there' as 'there' | 'away' | 'locked', ms: 1_000_000, named: ['ann'] }
  const passwords: Readonly<Record<string, string>> = { ann: 'of ann', ben: 'of ben' }
  const call = async (_: string, { user, password }: { user: string; password: string }) => {
    if (now.upstream === 'away') throw new UpstreamAway('the line is cut')
    if (now.upstream === 'locked') throw refusal('too_many_attempts', 429)
    if (passwords[user] !== password) throw refusal('sign_in_failed', 401)
    return { user }
  }
  const people = new SitePeople({
    uplink: { call } as unknown as SitePeopleSettings['uplink'],
    verifiers,
    offline: { graceMs, now: () => now.ms, knowsUser: (name) => now.named.includes(name) },
    log: () => undefined,
  })
  return { now, signIn: (user: string, password: string) => people.signIn(user, password, '10.0.0.9') }
}

const refusal = (code: string, status: number) => new UpstreamRefused({ code, detail: 'no', status })

test('the upstream judges while it is there, and its refusals have their words', async (t) => {
  const { now, signIn } = scene(t)
  assert.equal(await signIn('ben', 'of ben'), 'ben')
  await assert.rejects(signIn('ben', 'of ann'), { why: 'wrong' })
  now.upstream = 'locked'
  await assert.rejects(signIn('ben', 'of ben'), { why: 'locked' })
})

test('while it is away, who signed in lately and is still named may; all others are told the same', async (t) => {
  const { now, signIn } = scene(t)
  await signIn('ann', 'of ann')
  await signIn('ben', 'of ben')
  now.upstream = 'away'
  assert.equal(await signIn('ann', 'of ann'), 'ann')
  await assert.rejects(signIn('ann', 'of ben'), { why: 'cut-off' })
  await assert.rejects(signIn('ben', 'of ben'), { why: 'cut-off' })
  await assert.rejects(signIn('carl', 'of carl'), { why: 'cut-off' })
  now.ms += graceMs
  await assert.rejects(signIn('ann', 'of ann'), { why: 'cut-off' })
})
