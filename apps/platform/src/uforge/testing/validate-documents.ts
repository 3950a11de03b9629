import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { validateXML } from 'xmllint-wasm'

/** Of UForge, not of this repository: Apache-2.0, from its published documentation. */
const schemaPath = fileURLToPath(new URL('../../../../../../shared/data/uforge.xsd', import.meta.url))

/** Why documents are not validated; `false`: they are. */
export const notValidated = existsSync(schemaPath) ? false : 'uforge.xsd is not beside this repository'

if (notValidated !== false)
  process.stderr.write(`\nSKIPPED: documents are not validated by the schema: ${notValidated}.\n\n`)

/** The schema, as xmllint takes it. */
export const uforgeSchema = () => [{ fileName: 'uforge.xsd', contents: readFileSync(schemaPath, 'utf8') }]

/** All of them at once: the schema is compiled once. @throws {AssertionError} with what is wrong */
export async function assertValid(documents: Iterable<string>): Promise<void> {
  if (notValidated !== false) return
  const xml = [...new Set(documents)].map((contents, n) => ({ fileName: `${n}.xml`, contents }))
  const { valid, errors } = await validateXML({ xml, schema: uforgeSchema() })
  const wrong = errors.map(
    ({ message, loc }) => `${xml[parseInt(loc?.fileName ?? '', 10)]?.contents}: ${message}`,
  )
  assert.ok(valid, wrong.slice(0, 5).join('\n'))
}
