import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bodyOf,
  type Draft,
  emptyDraft,
  isSame,
  marksIn,
  offsetOf,
  problemsIn,
  withFile,
} from './template-draft.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const filesOf = (draft: Draft | undefined) => draft?.files.map(({ name, text }) => `${name}: ${text}`)

test('a file from elsewhere takes the place of an empty one or of its namesake, or is added', () => {
  const empty = emptyDraft('preseed')
  const one = withFile(empty, 'my.cfg', bytes('a'))
  assert.deepEqual(filesOf(one), ['my.cfg: a'])
  assert.deepEqual(filesOf(one && withFile(one, 'my.cfg', bytes('b'))), ['my.cfg: b'])
  assert.deepEqual(filesOf(one && withFile(one, 'other', bytes('ü'))), ['my.cfg: a', 'other: ü'])
})

test('what is no text, too large, or has a name that no file may have is refused', () => {
  const empty = emptyDraft('text')
  assert.equal(withFile(empty, 'a', new Uint8Array([0xff, 0xfe])), undefined)
  assert.equal(withFile(empty, 'a', new Uint8Array(128 * 1024 + 1)), undefined)
  assert.equal(withFile(empty, '../a', bytes('x')), undefined)
})

test('a draft is the same when the API would get the same', () => {
  const draft = emptyDraft('ignition')
  assert.ok(isSame(draft, { ...draft, variables: [] }))
  assert.ok(!isSame(draft, { ...draft, installs: false }))
  assert.equal('installs' in bodyOf(draft), false)
})

test('problems belong to their file and are marked where they are', () => {
  const draft = emptyDraft('cloud-init')
  const problem = { where: 'autoinstall/user-data', line: 2, column: 4, message: 'no' }
  assert.deepEqual(problemsIn([problem], draft, 'user-data'), [problem])
  assert.deepEqual(problemsIn([problem], draft, 'meta-data'), [])
  const text = 'one\na: {{nobody}} b\n'
  assert.deepEqual(marksIn(text, [problem, { ...problem, line: 9 }, { where: 'x', message: 'y' }]), [
    { line: 2, before: 'a: ', text: '{{nobody}}' },
  ])
  assert.deepEqual(marksIn('\n', [{ ...problem, line: 1 }]), [{ line: 1, before: '', text: ' ' }])
  assert.equal(text.slice(offsetOf(text, 2, 4)).startsWith('{{nobody'), true)
  assert.equal(offsetOf('a', 5, 5), 1)
})
