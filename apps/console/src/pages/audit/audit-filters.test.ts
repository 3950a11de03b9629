import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditQueryOf, auditSearchSchema, knownActions, localText, utcOf } from './audit-filters.ts'

const now = new Date('2026-11-26T12:00:00.000Z')

test('what stands in the address is what the platform is asked', () => {
  assert.deepEqual(auditQueryOf({}, now), {})
  const search = { who: 'ann', action: 'addUser', about: 'bob', span: 'day', outcome: 'refused' } as const
  assert.deepEqual(auditQueryOf(search, now), {
    ...{ who: 'ann', action: 'addUser', about: 'bob', since: '2026-11-25T12:00:00.000Z', refused: 'true' },
  })
  const since = '2026-11-01T00:00:00.000Z'
  assert.deepEqual(auditQueryOf({ span: 'own', since, outcome: 'done' }, now), { since, refused: 'false' })
  assert.deepEqual(auditQueryOf({ since, until: since }, now), {})
})

test('an address that somebody mangled asks for everything', () => {
  const mangled = { who: '', action: 7, span: 'year', since: 'yesterday', until: ['x'], outcome: 'x' }
  assert.deepEqual(
    Object.values(auditSearchSchema.parse(mangled)).filter((value) => value !== undefined),
    [],
  )
})

test('a time typed in a field comes back to the minute, and nonsense is no time', () => {
  const typed = '2026-03-29T23:05'
  assert.equal(localText(utcOf(typed)), typed)
  for (const nonsense of ['', 'x', '2026-13-01T00:00']) assert.equal(utcOf(nonsense), undefined)
})

test('actions that are offered change something, or are of machines', () => {
  for (const action of ['boot', 'addUser', 'bootSignIn']) assert.ok(knownActions.includes(action), action)
  assert.ok(!knownActions.includes('listUsers'))
})
