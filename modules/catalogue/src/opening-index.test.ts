import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meansMachine, type Opening, type OpeningCriteria, type OpeningFacts } from '@bootcast/boot'
import fc from 'fast-check'
import { OpeningIndex } from './opening-index.ts'

const opening = (id: string, criteria: OpeningCriteria): Opening => ({
  ...{ id, criteria, reference: 'demo', boots: true, opensAt: 0, used: 0 },
  ...{ closesAt: undefined, times: undefined, closedAt: undefined },
})
const word = fc.constantFrom('a', 'b', 'OptiPlex 7010', 'Opti*', '*', 'a*')
const byte = fc.constantFrom(0, 1, 128, 255)
const address = fc.tuple(fc.constantFrom(10, 192), byte, byte, byte).map((parts) => parts.join('.'))
const subnet = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`)
const criteria: fc.Arbitrary<OpeningCriteria> = fc.record(
  { mac: word, uuid: word, serial: word, product: word, label: word, site: word, subnet },
  { requiredKeys: [] },
)
const machine: fc.Arbitrary<OpeningFacts> = fc.record({
  mac: word,
  uuid: word,
  serial: word,
  product: word,
  labels: fc.uniqueArray(word),
  site: fc.option(word, { nil: undefined }),
  address: fc.option(address, { nil: undefined }),
})

test('the index finds what a walk through all openings finds, also after some were taken out', () => {
  fc.assert(
    fc.property(fc.array(criteria, { maxLength: 30 }), fc.array(fc.nat(29)), machine, (all, gone, asking) => {
      const index = new OpeningIndex()
      const kept = new Map(all.map((one, n) => [String(n), opening(String(n), one)]))
      for (const one of kept.values()) index.put(one)
      for (const n of gone) {
        index.remove(String(n))
        kept.delete(String(n))
      }
      const expected = [...kept.values()].filter((one) => meansMachine(one, asking)).map(({ id }) => id)
      assert.deepEqual(
        index
          .meaning(asking)
          .map(({ id }) => id)
          .sort(),
        expected.sort(),
      )
      assert.equal(index.size, kept.size)
    }),
    { numRuns: 2000 },
  )
})
