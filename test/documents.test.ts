import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const skipped = ['node_modules', '.git', '.cache', 'data', 'loaders']

function documentsIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.includes(entry.name)) return []
    const path = join(dir, entry.name)
    if (entry.isDirectory()) return documentsIn(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

const documents = documentsIn(root)

test('every link between documents leads somewhere', () => {
  assert.ok(documents.length > 20)
  const dead = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(join(dirname(path), target)))
      .map((target) => `${relative(root, path)}: ${target}`),
  )
  assert.deepEqual(dead, [])
})

test('every npm script that a document names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const missing = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/npm run ([a-z:]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => !(name in scripts))
      .map((name) => `${relative(root, path)}: npm run ${name}`),
  )
  assert.deepEqual(missing, [])
})
