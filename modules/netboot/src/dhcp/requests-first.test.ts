import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestsFirst } from './requests-first.ts'

const message = (type: number, number: number) => {
  const bytes = new Uint8Array(300)
  bytes.set([53, 1, type], 240)
  bytes[299] = number
  return bytes
}
const turn = () => new Promise(setImmediate)

test('what is no DISCOVER is passed on at once, DISCOVERs after it, in their order', async () => {
  const passed: string[] = []
  const packets = new RequestsFirst<string>((bytes, from) => passed.push(`${from} ${bytes[299]}`))
  for (let number = 0; number < 3; number++) {
    packets.add(message(1, number), 'discover')
    packets.add(message(3, number), 'request')
  }
  packets.add(new Uint8Array(5), 'noise')
  await turn()
  assert.deepEqual(passed, [
    'request 0',
    'request 1',
    'request 2',
    'noise undefined',
    'discover 0',
    'discover 1',
    'discover 2',
  ])
})

test('when more DISCOVERs come than can be answered, 512 wait and the others are dropped', async () => {
  let passed = 0
  const packets = new RequestsFirst<string>(() => passed++)
  const taken = Array.from({ length: 600 }, () => packets.add(message(1, 0), '')).filter(Boolean).length
  assert.equal(taken, 512)
  await turn()
  assert.equal(passed, 16)
  while (passed < 512) await turn()
  packets.add(message(1, 0), '')
  packets.clear()
  await turn()
  assert.equal(passed, 512)
})
