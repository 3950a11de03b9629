import assert from 'node:assert/strict'
import { after } from 'node:test'
import * as types from '../documents/schema.ts'
import { writeDocument } from '../documents/write-document.ts'
import { uforgeNamespace } from '../documents/xml-type.ts'
import { startForge } from './forge-rig.ts'
import { ServerSaid } from './published-client.ts'
import { type Node, textAt } from './strict-document.ts'
import { assertValid } from './validate-documents.ts'

const seen = new Set<string>()
after(async () => {
  assert.ok(seen.size > 0)
  await assertValid(seen)
})

/** A forge whose documents are all validated by the schema when the tests of the file are done. */
export async function forge(parts: Parameters<typeof startForge>[0] = {}) {
  const rig = await startForge(parts)
  return {
    ...rig,
    [Symbol.asyncDispose]: async () => {
      for (const text of rig.documents) seen.add(text)
      await rig[Symbol.asyncDispose]()
    },
  }
}

export const said = (status: number, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ServerSaid, String(error))
  assert.equal(error.status, status)
  assert.match(error.message, message)
  return true
}

export const names = (nodes: readonly Node[]) => nodes.map((one) => textAt(one, 'name'))

/** The text at a path of something that is there. */
export const told = (node: Node | undefined, path: string): string => {
  const text = node && textAt(node, path)
  assert.ok(text !== undefined, path)
  return text
}

export const kernel = { name: 'k', digest: `sha256:${'2'.repeat(64)}`, size: 1 }

export const keyDocument = (name: string) =>
  writeDocument('apiKeyPair', types.apiKeyPair, { name, description: 'of a test' })

/** As hammr sends it, with the whole target format that it was given. */
export const imageDocument = `<?xml version="1.0" encoding="utf-8"?><ns1:image xmlns:ns1="${uforgeNamespace}"><compress>false</compress>
  <targetFormat><dbId>1</dbId><name>PXE</name><format><name>PXE</name></format><category><name>Physical</name></category>
  <type>physical</type><access>true</access><active>true</active><uri>orgs/1/targetformats/1</uri></targetFormat>
  <installProfile><diskSize>12288</diskSize><swapSize>512</swapSize></installProfile></ns1:image>`
