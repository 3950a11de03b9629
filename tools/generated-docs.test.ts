import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { generatedDocs } from './generated-docs.ts'

for (const { path, text } of generatedDocs()) {
  test(`${path} is what the code says (npm run docs writes it)`, () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), text)
  })
}
