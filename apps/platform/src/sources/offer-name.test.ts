import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imageNameSchema } from '@bootcast/contract'
import fc from 'fast-check'
import { imageNameOf, isWanted } from './offer-name.ts'

const names: readonly (readonly [there: string, here: string | undefined, prefix?: string])[] = [
  ['debian', 'debian'],
  ['CentOS 7 (minimal)', 'centos-7-minimal'],
  ['web', 'lab-web', 'lab-'],
  ['../etc', undefined],
  ['a/b', undefined],
  ['a\\b', undefined],
  ['..', undefined],
  ['a..b', undefined],
  ['x\u0000y', undefined],
  ['x\ny', undefined],
  ['日本', undefined],
  ['日本', undefined, 'lab-'],
  ['', undefined, 'lab-'],
  ['x'.repeat(100), 'x'.repeat(63)],
  ['x'.repeat(201), undefined],
]
for (const [there, here, prefix] of names)
  test(`an image called ${JSON.stringify(there.slice(0, 20))} there is ${here?.slice(0, 20) ?? 'refused'}`, () => {
    const found = imageNameOf(there, prefix)
    assert.equal('image' in found ? found.image : undefined, here)
    if ('problem' in found) assert.doesNotMatch(found.problem, /\p{C}/u)
  })

test('whatever it is called there, it has a good name or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (there) => {
      const found = imageNameOf(there, 'p-')
      if ('image' in found) assert.ok(imageNameSchema.safeParse(found.image).success)
    }),
  )
})

test('patterns: a star is anything, everything else is itself', () => {
  const wanted: readonly (readonly [string, readonly string[], boolean])[] = [
    ['x', [], true],
    ['web', ['web'], true],
    ['web2', ['web'], false],
    ['web2', ['web*'], true],
    ['v1.2', ['v*.*'], true],
    ['v1x2', ['v*.*'], false],
    ['aXbXc', ['a*b*c'], true],
    ['ab', ['ab*b'], false],
    ['anything', ['*'], true],
    ['b', ['a', 'b'], true],
  ]
  for (const [name, only, is] of wanted) assert.equal(isWanted(name, only), is, `${name} ${only}`)
})
