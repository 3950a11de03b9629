import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Refused } from '../../api/problem-response.ts'
import { wantedOf } from './list-query.ts'

const all = [
  { dbId: 5, name: 'web', version: '1.0', targetFormat: { name: 'PXE' } },
  { dbId: 10, name: 'web two', version: '1.0', targetFormat: { name: 'OpenStack QCOW2' } },
  { dbId: 9, name: "it's; (odd)", version: '2.0', images: [{ name: 'web' }] },
]
const ids = (query: string) => wantedOf(all, new URLSearchParams(query)).items.map(({ dbId }) => dbId)

test('the forms of query that clients send find what they mean', () => {
  const found = {
    "query=name=='web';version=='1.0'": [5],
    'query=dbId==5': [5],
    "query=targetFormat.name=='OpenStack QCOW2'": [10],
    "query=name=='*web*'": [5, 10],
    "query=name=='w*o'": [10],
    "query=name==web*two;version=='1*'": [10],
    "query=name=='it\\'s; (odd)'": [9],
    'query=name=="it\'s; (odd)"': [9],
    "query=images.name=='web'": [],
    "query=name=='none'": [],
    "query=constructor=='x'": [],
    '': [5, 10, 9],
  }
  for (const [query, wanted] of Object.entries(found)) assert.deepEqual(ids(query), wanted, query)
})

test('lists are sorted and cut, and tell how many there are', () => {
  assert.deepEqual(ids('orderBy=dbId'), [5, 9, 10])
  assert.deepEqual(ids('orderBy=dbId&descending=true&count=2'), [10, 9])
  assert.deepEqual(wantedOf(all, new URLSearchParams('offset=1&count=1')), { total: 3, items: [all[1]] })
})

test('what cannot be understood is refused, not guessed', () => {
  for (const query of [
    "query=name=='a',name=='b'",
    'query=name',
    "query=name=='a",
    'query=(a==b)',
    `query=${'a'.repeat(1001)}`,
    'count=-1',
    'offset=x',
  ])
    assert.throws(() => ids(query), Refused, query)
})

test('a hostile query costs no more than its length', () => {
  const long = { name: 'a'.repeat(60_000) }
  const query = new URLSearchParams({ query: `name=='${'*a'.repeat(450)}b'` })
  const began = performance.now()
  assert.equal(wantedOf([long], query).total, 0)
  assert.ok(performance.now() - began < 2_000)
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
      try {
        wantedOf(all, new URLSearchParams({ query: text, orderBy: text }))
      } catch (error) {
        assert.ok(error instanceof Refused)
      }
    }),
  )
})
