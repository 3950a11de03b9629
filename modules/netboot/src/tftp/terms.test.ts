import assert from 'node:assert/strict'
import { test } from 'node:test'
import { negotiate } from './terms.ts'

const limits = { maxBlockSize: 1468, maxWindowSize: 64, maxWindowBytes: 128 * 1024 }

function terms(asked: Record<string, string>, size = 1000, own = limits) {
  const { accepted, ...rest } = negotiate(new Map(Object.entries(asked)), size, own)
  return { ...rest, oack: Object.fromEntries(accepted) }
}

test('without options a block has 512 bytes and each is acknowledged', () => {
  assert.deepEqual(terms({}), { blockSize: 512, windowSize: 1, oack: {} })
})

test('what is within our limits is taken as asked', () => {
  const asked = { blksize: '1024', windowsize: '4', timeout: '3', tsize: '0' }
  const oack = { blksize: '1024', windowsize: '4', timeout: '3', tsize: '1000' }
  assert.deepEqual(terms(asked), { blockSize: 1024, windowSize: 4, timeoutSeconds: 3, oack })
})

test('a block that the link does not carry becomes one that it does', () => {
  assert.deepEqual(terms({ blksize: '65464' }).oack, { blksize: '1468' })
})

test('a window is bounded in blocks and in bytes', () => {
  assert.deepEqual(terms({ windowsize: '65535' }).oack, { windowsize: '64' })
  const jumbo = { ...limits, maxBlockSize: 65464 }
  assert.deepEqual(terms({ blksize: '65464', windowsize: '64' }, 1000, jumbo).oack, {
    blksize: '65464',
    windowsize: '2',
  })
})

const outOfRange: readonly (readonly [string, string])[] = [
  ['blksize', '7'],
  ['blksize', '65465'],
  ['blksize', '-8'],
  ['blksize', '0x200'],
  ['blksize', '1e3'],
  ['windowsize', '0'],
  ['windowsize', '65536'],
  ['timeout', '0'],
  ['timeout', '256'],
  ['multicast', ''],
  ['rollover', '0'],
]
for (const [name, value] of outOfRange) {
  test(`${name}=${JSON.stringify(value)} is left out of the answer`, () => {
    assert.deepEqual(terms({ [name]: value }), { blockSize: 512, windowSize: 1, oack: {} })
  })
}
