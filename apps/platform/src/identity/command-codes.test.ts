import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shownCodeText } from '@bootcast/boot'
import { CommandCodes, NoTokenYet, TooManySignIns } from './command-codes.ts'
import type { KnownUser } from './identity-store.ts'

const ann: KnownUser = {
  ...{ id: '1', name: 'ann', role: 'viewer', groups: [], source: 'oidc', disabled: false },
  ...{ createdAt: 1, passwordPhc: undefined },
}
const minuteMs = 60_000

function codesAt(more: { capacity?: number; isTaken?: (text: string) => boolean } = {}) {
  const clock = { at: 1_000_000 }
  const codes = new CommandCodes({ now: () => clock.at, ...more })
  /** What the command is told when it asks. */
  const answerTo = (deviceCode: string) => {
    try {
      return codes.take(deviceCode).approvedBy.name
    } catch (error) {
      if (error instanceof NoTokenYet) return error.code
      throw error
    }
  }
  return { clock, codes, answerTo, begin: (address = '10.0.0.1') => codes.begin('laptop', address) }
}

test('a command waits, is approved, and gets its answer once', () => {
  const { clock, codes, answerTo, begin } = codesAt()
  const { deviceCode, code, seconds, intervalSeconds } = begin()
  assert.match(deviceCode, /^[\w-]{43}$/)
  assert.match(code, /^[B-Z]{4}-[B-Z]{4}$/)
  assert.deepEqual([seconds, intervalSeconds], [600, 5])
  assert.equal(answerTo(deviceCode), 'authorization_pending')
  clock.at += 5_000
  assert.equal(answerTo(deviceCode), 'authorization_pending')
  const typed = code.toLowerCase().replace('-', ' ')
  assert.deepEqual(codes.find(typed), { code, host: 'laptop', address: '10.0.0.1' })
  assert.ok(codes.approve(typed, ann))
  assert.equal(codes.find(code), undefined)
  assert.equal(answerTo(deviceCode), 'ann')
  assert.equal(answerTo(deviceCode), 'expired_token')
  assert.equal(codes.size, 0)
})

test('who asks too often is slowed down, by five seconds each time', () => {
  const { clock, answerTo, begin } = codesAt()
  const { deviceCode } = begin()
  const asks = (...waits: readonly number[]) =>
    waits.map((ms) => {
      clock.at += ms
      return answerTo(deviceCode)
    })
  const [pending, slow] = ['authorization_pending', 'slow_down']
  assert.deepEqual(asks(0, 4_200, 3_900, 5_000, 15_000, 14_500), [
    pending,
    pending,
    slow,
    slow,
    pending,
    pending,
  ])
})

test('who was approved is not slowed down', () => {
  const { codes, answerTo, begin } = codesAt()
  const { deviceCode, code } = begin()
  answerTo(deviceCode)
  codes.approve(code, ann)
  assert.equal(answerTo(deviceCode), 'ann')
})

test('a command that was denied is told so once', () => {
  const { codes, answerTo, begin } = codesAt()
  const { deviceCode, code } = begin()
  assert.ok(codes.deny(code))
  assert.ok(!codes.approve(code, ann))
  assert.equal(answerTo(deviceCode), 'access_denied')
  assert.equal(answerTo(deviceCode), 'expired_token')
})

test('both codes are good for ten minutes, also when approved', () => {
  const { clock, codes, answerTo, begin } = codesAt()
  const [waiting, approved] = [begin(), begin()]
  clock.at += 10 * minuteMs - 1
  assert.ok(codes.approve(approved.code, ann))
  assert.ok(codes.find(waiting.code))
  clock.at += 1
  assert.equal(codes.find(waiting.code), undefined)
  assert.ok(!codes.approve(waiting.code, ann) && !codes.deny(waiting.code))
  for (const { deviceCode } of [waiting, approved]) assert.equal(answerTo(deviceCode), 'expired_token')
})

test('codes that nobody gave out open nothing', () => {
  const { codes, answerTo } = codesAt()
  for (const text of ['', 'x', 'A'.repeat(43)]) assert.equal(answerTo(text), 'expired_token')
  for (const text of ['', 'BBBB-BBBB', '__proto__', 'B'.repeat(10_000)])
    assert.equal(codes.find(text), undefined)
})

test('the device code itself is kept nowhere', (t) => {
  const { begin } = codesAt()
  const keeping = t.mock.method(Map.prototype, 'set')
  const { deviceCode, code } = begin()
  const kept = JSON.stringify(keeping.mock.calls.map((call) => call.arguments))
  assert.ok(kept.includes(code) && !kept.includes(deviceCode))
})

test('no code is given out that a machine shows', () => {
  const asked: string[] = []
  const { begin } = codesAt({ isTaken: (text) => asked.push(text) < 3 })
  assert.equal(begin().code, shownCodeText(asked[2] ?? ''))
})

test('so many of one address wait and no more; an IPv6 /64 is one address', () => {
  const { clock, codes, answerTo, begin } = codesAt()
  const first = begin('2001:db8::1')
  clock.at += minuteMs
  for (let n = 0; n < 99; n++) begin(`2001:db8::${n.toString(16)}`)
  assert.throws(
    () => begin('2001:db8::ffff'),
    (error) => error instanceof TooManySignIns && error.retrySeconds === 540,
  )
  begin('2001:db8:0:1::1')
  assert.equal(answerTo(first.deviceCode), 'authorization_pending')
  codes.deny(first.code)
  answerTo(first.deviceCode)
  begin('2001:db8::ffff')
})

test('what was given up is forgotten, and of too many the oldest goes first', () => {
  const { clock, codes, answerTo, begin } = codesAt({ capacity: 3 })
  const begun = [1, 2, 3, 4].map((n) => begin(`10.0.0.${n}`))
  assert.equal(codes.size, 3)
  assert.deepEqual(
    begun.map(({ deviceCode }) => answerTo(deviceCode)),
    ['expired_token', ...Array(3).fill('authorization_pending')],
  )
  assert.equal(codes.find(begun[0]?.code ?? ''), undefined)
  clock.at += 10 * minuteMs
  begin()
  assert.equal(codes.size, 1)
})
