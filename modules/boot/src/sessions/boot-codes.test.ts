import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BootCodes } from './boot-codes.ts'
import { BootSessions } from './boot-sessions.ts'
import { newCodeText, shownCodeText, typedCodeText } from './code-text.ts'

const sessionOf = (mac: string) =>
  new BootSessions({ isSameMachine: async () => false }).open({ mac }, '10.0.0.1').session

test('a new code has letters that nothing shows', () => {
  const seen: string[] = []
  const text = newCodeText((wanted) => {
    seen.push(wanted)
    return seen.length < 3
  })
  assert.equal(seen.length, 3)
  assert.equal(text, seen[2])
  assert.match(text, /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/)
})

test('a machine shows no code that something else shows', () => {
  const asked: string[] = []
  const codes = new BootCodes({ isTaken: (text) => asked.push(text) === 1 })
  const { code } = codes.codeFor(sessionOf('52:54:00:00:00:01'))
  assert.equal(asked.length, 2)
  assert.equal(code, shownCodeText(asked[1] ?? ''))
})

test('a code is known however it is typed', () => {
  for (const typed of ['KQTF-RXMP', 'kqtf rxmp', ' kqtfrxmp\n', 'K-Q-T-F-R-X-M-P'])
    assert.equal(typedCodeText(typed), 'KQTFRXMP')
  assert.equal(shownCodeText('KQTFRXMP'), 'KQTF-RXMP')
  assert.equal(typedCodeText('B'.repeat(10_000)).length, 64)
})
