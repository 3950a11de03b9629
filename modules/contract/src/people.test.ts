import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupNameSchema, newApiTokenSchema, newPasswordSchema, userNameSchema } from './people.ts'

const names = [
  'a',
  'ann',
  'ann.smith@example.org',
  `+ & " ' ; $ { }`,
  '${net0/mac}',
  'CORP\\ann',
  'a/b?c#d%2e',
  '李雷',
  'Παύλος',
  'x'.repeat(128),
  '𝔘'.repeat(128),
  '...',
]
for (const name of names) {
  test(`${name.slice(0, 30)} is a name`, () => {
    for (const schema of [userNameSchema, groupNameSchema]) assert.equal(schema.parse(name), name)
  })
}

test('a name comes out in one spelling of Unicode', () => {
  assert.equal(userNameSchema.parse('Zoe\u0308 A\u030angstro\u0308m'), 'Zoë Ångström')
  assert.equal(userNameSchema.parse('\u212b'), 'Å')
})

const refused: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a space before', ' a'],
  ['a space behind', 'a '],
  ['a line end', 'a\nb'],
  ['a tab', 'a\tb'],
  ['a NUL', 'a\0'],
  ['an escape', '\u{1b}[2J'],
  ['a C1 control', 'a\u0085b'],
  ['a right-to-left override', 'a\u202eb'],
  ['an isolate', 'a\u2066b'],
  ['a zero-width space', 'a\u200bb'],
  ['a soft hyphen', 'a\u00adb'],
  ['a byte-order mark', '\ufeffa'],
  ['a no-break space', 'a\u00a0b'],
  ['an ideographic space', 'a\u3000b'],
  ['a line separator', 'a\u2028b'],
  ['half a character', 'a\ud800'],
  ['private use', '\ue000'],
  ['129 characters', 'x'.repeat(129)],
  ['what a path takes away', '..'],
  ['what a path takes away too', '.'],
]
for (const [what, name] of refused) {
  test(`${what} is no name`, () => assert.equal(userNameSchema.safeParse(name).success, false))
}

test('a password has twelve characters at least, of any kind', () => {
  for (const password of ['correct horse', ' spaces count ', 'пароль пароль', '🔑'.repeat(12)])
    assert.ok(newPasswordSchema.safeParse(password).success, password)
  for (const password of ['', 'eleven char', '🔑'.repeat(6), 'x'.repeat(1025)])
    assert.ok(!newPasswordSchema.safeParse(password).success, password)
})

test('a token for a program has a time, at most a year', () => {
  const token = { name: 'ci', role: 'publisher' as const }
  assert.equal(newApiTokenSchema.parse(token).seconds, 7_776_000)
  for (const seconds of [0, -1, 1.5, 31_622_401])
    assert.ok(!newApiTokenSchema.safeParse({ ...token, seconds }).success)
})
