import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RememberedUploads, uploadKeyOf } from './remembered.ts'

const file = { name: 'a.iso', size: 5, lastModified: 7 }
const plan = { image: 'demo', channel: null }

function scene(stands: string | null = null) {
  let text = stands
  let now = 1_000_000_000_000
  const storage = {
    getItem: () => text,
    setItem: (_: string, value: string) => {
      text = value
    },
  }
  const open = () =>
    new RememberedUploads(
      () => storage,
      () => now,
    )
  const later = (ms: number) => {
    now += ms
  }
  return { open, later }
}

test('an upload is remembered over a reload until it is forgotten, or too old', () => {
  const { open, later } = scene()
  open().keep('u1', plan, file)
  open().keep('u2', plan, file)
  assert.deepEqual(open().find('u1')?.plan, plan)
  open().forget('u1')
  assert.equal(open().find('u1'), undefined)
  later(4 * 24 * 60 * 60 * 1000)
  assert.equal(open().find('u2'), undefined)
})

for (const text of ['', '{', '[]', '7', '{"u1":{"plan":1}}', 'null'])
  test(`“${text}” in its place is as if nothing were there`, () => {
    assert.equal(scene(text).open().find('u1'), undefined)
    const { open } = scene(text)
    open().keep('u1', plan, file)
    assert.deepEqual(open().find('u1')?.file, file)
  })

test('a browser that keeps nothing is no failure', () => {
  const refusing = new RememberedUploads(() => {
    throw new DOMException('', 'SecurityError')
  })
  refusing.keep('u1', plan, file)
  assert.equal(refusing.find('u1'), undefined)
})

test('a key is short, and one that was cut within a sign is of whole signs', () => {
  const key = uploadKeyOf({ ...file, name: '😀'.repeat(300) })
  assert.ok(key.length <= 200)
  assert.ok(key.isWellFormed())
})
