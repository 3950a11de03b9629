import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linuxRelease } from '../testing/linux-release.ts'
import { openNames } from './readiness.ts'
import type { WholeRelease } from './release.ts'
import { wholeReleaseSchema } from './whole-release.ts'

const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const kernel = { name: 'vmlinuz', digest: digest('a'), size: 7 }

function release(cmdline = ''): WholeRelease {
  const initrds = [{ name: 'initrd.img', digest: digest('b'), size: 8 }]
  const { channel: _, blobs, ...rest } = linuxRelease({ kernel, initrds, cmdline })
  return { ...rest, number: 3, blobs: [...blobs, { digest: digest('c'), size: 9, chunkMap: digest('d') }] }
}

test('a release goes through JSON and is the same, with a tree and without one', () => {
  const plain = release('quiet')
  const trees = plain.variants.map((variant) => ({ ...variant, tree: digest('e') }))
  for (const one of [plain, { ...plain, variants: trees }])
    assert.deepEqual(wholeReleaseSchema.parse(JSON.parse(JSON.stringify(one))), one)
})

test('what is no release is refused: names, numbers, digests, sizes, and what nobody knows', () => {
  const good = JSON.parse(JSON.stringify(release()))
  const [variant] = good.variants
  const [file] = variant.files
  const withFile = (more: object) => ({ ...good, variants: [{ ...variant, files: [{ ...file, ...more }] }] })
  const bad: object[] = [
    ...[
      { image: '../etc' },
      { image: '' },
      { number: 0 },
      { number: 1.5 },
      { variants: [] },
      { more: 1 },
    ].map((change) => ({ ...good, ...change })),
    ...[{ digest: 'sha256:x' }, { blob: undefined }, { size: -1 }, { offset: -1 }, { more: 1 }].map(withFile),
    { ...good, blobs: [{ digest: digest('A'), size: 1 }] },
    { ...good, variants: [{ ...variant, config: { schema: 99 } }] },
  ]
  for (const one of bad) assert.equal(wholeReleaseSchema.safeParse(one).success, false, JSON.stringify(one))
})

test('names in a command line that neither its files nor the boot stand for are open, each', () => {
  const [variant] = release(
    'root={{initrd1}} at={{boot}}/x tree={{tree}} disk={{disk}} seed={{seed}}',
  ).variants
  assert.ok(variant)
  assert.deepEqual([...openNames(variant)], ['disk', 'seed'])
  assert.deepEqual([...openNames({ ...variant, files: [] })], ['initrd1', 'disk', 'seed'])
  const iso = { ...variant, config: { ...variant.config, boot: { method: 'iso' as const, iso: 'cd' } } }
  assert.deepEqual([...openNames(iso)], [])
})
