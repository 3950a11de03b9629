import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validateXML } from 'xmllint-wasm'
import { notValidated as skip, uforgeSchema } from '../testing/validate-documents.ts'
import * as types from './schema.ts'
import { writeDocument } from './write-document.ts'
import { isEnumeration, isList, type XmlField, type XmlType } from './xml-type.ts'

/** By root element. What the schema has as abstract must stay empty. */
const roots = {
  serviceStatus: types.serviceStatus,
  status: types.opStatus,
  statuses: types.opStatuses,
  user: types.user,
  org: types.org,
  orgs: types.orgs,
  appliance: types.appliance,
  appliances: types.appliances,
  image: types.image,
  images: types.images,
  installProfile: types.installProfile,
  imageFormats: types.imageFormats,
  targetFormat: types.targetFormat,
  targetFormats: types.targetFormats,
  targetPlatforms: types.targetPlatforms,
  publishImages: { total: 'number', publishImages: { list: 'publishImage', of: 'string' } },
  credAccounts: { total: 'number', credAccounts: { list: 'credAccount', of: 'string' } },
  apiKeyPair: types.apiKeyPair,
  apiKeyPairs: types.apiKeyPairs,
  uforgeError: types.uforgeError,
} as const satisfies Record<string, XmlType>
const abstract = new Set(['publishImage', 'credAccount'])

/** Every field of it, so that the order of all is seen. */
function full(field: XmlField, name = ''): unknown {
  if (isEnumeration(field)) return field[0]
  if (isList(field)) return abstract.has(field.list) ? [] : [full(field.of, field.list)]
  if (typeof field !== 'string')
    return Object.fromEntries(Object.entries(field).map(([inner, of]) => [inner, full(of, inner)]))
  return { string: name === 'name' ? 'PXE' : 'a', number: 1, boolean: true, date: 0 }[field]
}

test('every document with every field is one by the schema of UForge 3.8.13', { skip }, async (t) => {
  const schema = uforgeSchema()
  const validate = async (contents: string) =>
    await validateXML({ xml: [{ fileName: 'document.xml', contents }], schema })
  for (const [root, type] of Object.entries(roots))
    await t.test(root, async () => {
      const { valid, errors } = await validate(writeDocument(root, type as XmlType, full(type) as never))
      assert.ok(valid, errors.map(({ message }) => message).join('\n'))
    })
  await t.test('one in another order is not', async () => {
    const { version, alive } = types.serviceStatus
    const text = writeDocument('serviceStatus', { version, alive }, { version: '3.8.13', alive: true })
    assert.equal((await validate(text)).valid, false)
  })
})
