import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Forbidden } from '../../identity/sessions.ts'
import { DownloadKeys } from './download-keys.ts'

test('a key lets its holder have one release once, within an hour', () => {
  const clock = { at: 1_000_000 }
  const keys = new DownloadKeys({ now: () => clock.at })
  const key = keys.make('demo@3', 'Zoë')
  assert.equal(keys.check(key, 'demo@3'), 'Zoë')
  assert.throws(() => keys.redeem(key, 'demo@4'), Forbidden)
  assert.equal(keys.redeem(key, 'demo@3'), 'Zoë')
  assert.throws(() => keys.redeem(key, 'demo@3'), /used already/)
  assert.throws(() => keys.check(key, 'demo@3'), /used already/)
  const late = keys.make('demo@3', 'ann')
  clock.at += 60 * 60 * 1000
  assert.throws(() => keys.redeem(late, 'demo@3'), /expired/)
})

test('keys that were not made here, or were changed, are none', () => {
  const keys = new DownloadKeys()
  const key = keys.make('demo@3', 'ann')
  const [text = '', mark = ''] = key.split('.')
  const other = Buffer.from(JSON.stringify(['admin', Date.now() + 1e9, 'x'])).toString('base64url')
  for (const wrong of [
    '',
    '.',
    'x',
    `${text}.`,
    `.${mark}`,
    `${other}.${mark}`,
    `${key}x`,
    new DownloadKeys().make('demo@3', 'ann'),
  ])
    assert.throws(() => keys.redeem(wrong, 'demo@3'), Forbidden, wrong)
  assert.equal(keys.redeem(key, 'demo@3'), 'ann')
})

test('used keys are forgotten when they have expired, and too many at once are too many', () => {
  const clock = { at: 0 }
  const keys = new DownloadKeys({ now: () => clock.at })
  const use = (user: string) => keys.redeem(keys.make('demo@3', user), 'demo@3')
  for (let n = 0; n < 10_000; n += 1) use(`user ${n % 20}`)
  assert.throws(() => use('ann'), { code: 'too_many_requests' })
  clock.at += 60 * 60 * 1000
  use('ann')
})

test('one user uses up their own share of keys, and takes nothing from the others', () => {
  const clock = { at: 0 }
  const keys = new DownloadKeys({ now: () => clock.at })
  const use = (user: string) => keys.redeem(keys.make('demo@3', user), 'demo@3')
  for (let round = 0; round < 2; round += 1) {
    for (let n = 0; n < 500; n += 1) use('ann')
    assert.throws(() => use('ann'), { code: 'too_many_requests' })
    use('bob')
    clock.at += 60 * 60 * 1000
  }
})
