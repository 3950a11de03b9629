import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { goldenDocuments } from '../testing/golden-documents.ts'
import { readStrictly } from '../testing/strict-document.ts'
import { assertValid, notValidated } from '../testing/validate-documents.ts'

const folder = join(import.meta.dirname, '../testing/golden')
const golden = new Map(
  readdirSync(folder).map((file) => [file.replace(/\.xml$/, ''), readFileSync(join(folder, file), 'utf8')]),
)

for (const [name, text] of Object.entries(goldenDocuments))
  test(`what is written for "${name}" is what it was when the schema was last at hand`, () => {
    assert.equal(text, golden.get(name))
    readStrictly(text)
  })

test('there is no golden document that nothing writes', () => {
  assert.deepEqual([...golden.keys()].sort(), Object.keys(goldenDocuments).sort())
})

test('golden documents are of the schema of UForge 3.8.13', { skip: notValidated }, () =>
  assertValid(golden.values()),
)

test('a document that is not of the schema is found', { skip: notValidated }, async () => {
  const text = golden.get('user') ?? ''
  const moved = text.replace(/(<dbId>\d+<\/dbId>)(.*)(<uri>)/s, '$2$1$3')
  assert.notEqual(moved, text)
  await assert.rejects(assertValid([text, moved]), /not expected/)
  assert.throws(() => readStrictly(moved), /not expected there/)
  const lowerCase = (golden.get('target-formats') ?? '').replaceAll('<name>PXE', '<name>pxe')
  await assert.rejects(assertValid([lowerCase]), /not an element of the set|enumeration/)
})
