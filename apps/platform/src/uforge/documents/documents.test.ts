import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readDocument, UnreadableDocument } from './read-document.ts'
import * as types from './schema.ts'
import { writeDocument } from './write-document.ts'
import { uforgeNamespace } from './xml-type.ts'

const error = {
  localizedErrorMsg: { message: 'no such <image> & "more"', parameters: [] },
  requestMethod: 'GET',
  statusCode: 404,
  timestamp: Date.UTC(2026, 10, 26, 14, 0, 0),
}

test('a document is written as clients of UForge take it: prefix at the root only, in the order of the schema', () => {
  assert.equal(
    writeDocument('uforgeError', types.uforgeError, {
      timestamp: error.timestamp,
      statusCode: 404,
      requestMethod: 'GET',
      localizedErrorMsg: error.localizedErrorMsg,
    }),
    '<?xml version="1.0" encoding="UTF-8"?>\n<ns0:uforgeError xmlns:ns0="http://www.usharesoft.com/uforge">' +
      '<localizedErrorMsg><message>no such &#60;image&#62; &#38; &#34;more&#34;</message><parameters/></localizedErrorMsg>' +
      '<requestMethod>GET</requestMethod><statusCode>404</statusCode><timestamp>2026-11-26T14:00:00.000Z</timestamp>' +
      '</ns0:uforgeError>\n',
  )
})

test('an empty list keeps its inner element', () => {
  const text = writeDocument('images', types.images, { total: 0, images: [] })
  assert.match(text, /<total>0<\/total><images\/><\/ns0:images>/)
})

test('what was written is read again, whatever the text', () => {
  const text = fc.string({ unit: 'binary', maxLength: 40 })
  const image = fc.record(
    { dbId: fc.nat(), name: text, compress: fc.boolean(), created: fc.nat(4_000_000_000_000), tag: text },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(image, { maxLength: 4 }), (images) => {
      const sent = writeDocument('images', types.images, { total: images.length, images })
      const received = readDocument('images', types.images, sent)
      assert.equal(received.total, images.length)
      assert.deepEqual(
        received.images,
        images.map(({ name, tag, ...rest }) => ({
          ...rest,
          ...(name !== undefined && { name: sayable(name) }),
          ...(tag !== undefined && { tag: sayable(tag) }),
        })),
      )
    }),
  )
})

/** By XML 1.0, section 2.2, with the white space at both ends that `xs:string` clients put there for looks. */
const sayable = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .trim()

test('what hammr sends is read: another prefix, xsi:type everywhere, elements that we do not know', () => {
  const text = `<?xml version="1.0" encoding="utf-8"?><ns1:image xmlns:ns1="${uforgeNamespace}"
    xmlns:ns2="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <compress xsi:type="ns2:boolean">false</compress><targetFormat xsi:type="ns1:TargetFormat"><dbId>1</dbId>
    <name xsi:type="ns1:string">PXE</name><format><name>PXE</name></format><later><x/></later></targetFormat>
    <installProfile><diskSize>12288</diskSize></installProfile></ns1:image>`
  const { compress, targetFormat, installProfile } = readDocument('image', types.image, text)
  assert.deepEqual(
    [compress, targetFormat?.name, targetFormat?.format?.name, installProfile?.diskSize],
    [false, 'PXE', 'PXE', 12288],
  )
})

const root = (inner: string) => `<n:image xmlns:n="${uforgeNamespace}">${inner}</n:image>`
const bad = {
  'no XML': ['hello', /line 1/],
  nothing: ['', /document must contain a root element|empty/],
  'cut off': [`<n:image xmlns:n="${uforgeNamespace}"><name>`, /unclosed tag/],
  'no namespace': ['<image/>', /not in the namespace/],
  'another namespace': ['<image xmlns="urn:x"/>', /not in the namespace/],
  'another root': [`<n:user xmlns:n="${uforgeNamespace}"/>`, /<user>, not <image>/],
  'a DTD': [`<!DOCTYPE image SYSTEM "file:///etc/passwd">${root('')}`, /document type declaration/],
  'entities that grow': [
    `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${root('<name>&b;</name>')}`,
    /document type declaration/,
  ],
  'an entity nobody declared': [root('<name>&secret;</name>'), /undefined entity/],
  'a forest': [root('<x>'.repeat(40) + '</x>'.repeat(40)), /deep/],
  'a crowd': [root('<x/>'.repeat(200_001)), /more than 200000 elements/],
  'a long text': [root(`<name>${'x'.repeat(70_000)}</name>`), /longer than/],
  'a huge document': [`${root('')}${' '.repeat(17 * 1024 * 1024)}`, /larger than/],
  'a wrong number': [root('<dbId>1e3</dbId>'), /<dbId> is "1e3" where a number/],
  'a wrong truth': [root('<compress>maybe</compress>'), /true or false/],
  'a wrong date': [root('<created>today</created>'), /date and time/],
  'a wrong word': [root('<targetFormat><type>pxe</type></targetFormat>'), /one of cloud, virtual/],
} as const satisfies Record<string, readonly [string, RegExp]>

for (const [name, [text, words]] of Object.entries(bad))
  test(`is refused with the reason: ${name}`, () => {
    assert.throws(
      () => readDocument('image', types.image, text),
      (error: unknown) => {
        assert.ok(error instanceof UnreadableDocument)
        assert.match(error.message, words)
        return true
      },
    )
  })

test('any bytes are read or refused, and nothing else happens', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      try {
        readDocument('image', types.image, root(text))
      } catch (error) {
        assert.ok(error instanceof UnreadableDocument)
      }
    }),
  )
})
