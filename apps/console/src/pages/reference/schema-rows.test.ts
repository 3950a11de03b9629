import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleOf, unfold } from './schema-rows.ts'

test('a schema is unfolded to lines, and what names itself comes to an end', () => {
  const node = { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } }
  const { rows, isCut } = unfold(node, { Node: node })
  assert.equal(isCut, true)
  assert.deepEqual(
    rows.map(({ depth, name }) => `${depth} ${name}`),
    ['0 ', '1 next', '2 next', '3 next', '4 next', '5 next', '6 next'],
  )
})

test('an example has what must be given, and no more', () => {
  const name = { type: 'string' }
  const schema = {
    type: 'object',
    properties: { name, other: name, kind: { enum: ['a'] } },
    required: ['name', 'kind'],
  }
  assert.deepEqual(exampleOf(schema), { name: 'NAME', kind: 'a' })
})
