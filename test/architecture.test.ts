import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { allowed, type Source, violations } from './boundaries.ts'

const root = join(import.meta.dirname, '..')

function sourcesIn(dir: string): Source[] {
  return readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : sourcesIn(path)
    return /\.tsx?$/.test(entry.name) ? [{ path, text: readFileSync(join(root, path), 'utf8') }] : []
  })
}

const sources = ['modules', 'apps'].flatMap(sourcesIn)

test('nobody crosses a boundary', () => {
  assert.ok(sources.length > 50, 'the scan found the house')
  assert.deepEqual(violations(sources), [])
})

test('every package has its row in the drawing', () => {
  const homes = new Set(sources.map(({ path }) => path.split('/').slice(0, 2).join('/')))
  assert.deepEqual([...homes].sort(), Object.keys(allowed).sort())
})

test('a declared dependency on another package is one the drawing allows', () => {
  for (const [home, names] of Object.entries(allowed)) {
    const manifest = JSON.parse(readFileSync(join(root, home, 'package.json'), 'utf8'))
    const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@bootcast/'))
    for (const name of ours)
      assert.ok(names.includes(name.slice('@bootcast/'.length)), `${home} declares ${name}`)
  }
})

const crossings: readonly (readonly [string, string])[] = [
  ['modules/boot/src/a.ts', "import { x } from '@bootcast/content'"],
  ['modules/netboot/src/a.ts', "import type { x } from '@bootcast/boot'"],
  ['modules/content/src/a.ts', "export { x } from '@bootcast/contract'"],
  ['modules/boot/src/a.ts', "const x = await import('@bootcast/platform')"],
  ['modules/boot/src/a.ts', "import { x } from '../../content/src/disk.ts'"],
  ['modules/boot/src/a.ts', "import {\n  x,\n  y,\n} from '@bootcast/content'"],
  ['modules/boot/src/a.ts', "import { x } from '#a.ts'"],
  ['apps/cli/src/a.ts', "import { x } from '@bootcast/netboot'"],
  ['apps/platform/src/catalogue/a.ts', "import { x } from '../api/images.ts'"],
  ['apps/platform/src/catalogue/a.ts', "import { x } from '../config.ts'"],
  ['apps/platform/src/machines/a.ts', "import { x } from '../catalogue/sql-catalogue-store.ts'"],
  ['apps/platform/src/machines/a.ts', "import { x } from '../database/open.ts'"],
]

for (const [path, text] of crossings) {
  test(`red: ${path} with ${JSON.stringify(text)}`, () => {
    assert.equal(violations([{ path, text }]).length, 1)
  })
}

test('green: what the drawing allows', () => {
  const fine: readonly Source[] = [
    {
      path: 'modules/boot/src/a.ts',
      text: "import { x } from '@bootcast/netboot'\nimport { y } from './b.ts'",
    },
    {
      path: 'apps/platform/src/machines/sql-machine-store.ts',
      text: "import { x } from '../database/open.ts'",
    },
    { path: 'apps/platform/src/compose.ts', text: "import { x } from './catalogue/sql-catalogue-store.ts'" },
    { path: 'apps/platform/src/catalogue/publish.ts', text: "import { x } from '../intake/kernel.ts'" },
  ]
  assert.deepEqual(violations(fine), [])
})
