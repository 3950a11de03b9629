import { SaxesParser } from 'saxes'
import {
  isEnumeration,
  isList,
  uforgeNamespace,
  type XmlField,
  type XmlType,
  type XmlValue,
} from './xml-type.ts'

/** Nothing that clients send or a forge answers comes near: a list of 1,000 images has some 60,000 elements. */
const limits = { bytes: 16 * 1024 * 1024, depth: 32, elements: 200_000, text: 64 * 1024 }

/** The text is no document of the wanted kind; says what is wrong and where. */
export class UnreadableDocument extends Error {
  override readonly name = 'UnreadableDocument'
  readonly code = 'unreadable_document'
}

type Element = { readonly name: string; readonly children: Element[]; text: string }

/**
 * Reads a document, whatever prefix its writer likes (SOAP-like `xsi:type` attributes are passed over). Elements that
 * the type does not name are passed over, too: later versions have more. Memory grows with the text.
 *
 * @param root name of the root element, which must be in the namespace of UForge
 * @throws {UnreadableDocument} no XML, a DTD or an entity (never expanded), too large, or a value of the wrong kind
 */
export function readDocument<const Type extends XmlType>(
  root: string,
  type: Type,
  text: string,
): XmlValue<Type> {
  const element = parse(text)
  if (element.name !== root)
    throw new UnreadableDocument(`the document is <${shown(element.name)}>, not <${root}>`)
  return readFields(type, element) as XmlValue<Type>
}

/** The root element, in the namespace. */
function parse(text: string): Element {
  if (text.length > limits.bytes)
    throw new UnreadableDocument(`the document is larger than ${limits.bytes} bytes`)
  const parser = new SaxesParser({ xmlns: true, position: true })
  const top: Element = { name: '', children: [], text: '' }
  const path = [top]
  let elements = 0
  const fail = (why: string) => {
    throw new UnreadableDocument(`line ${parser.line}, column ${parser.column}: ${why}`)
  }
  parser.on('error', (error) => fail(error.message.replace(/^\d+:\d+: /, '')))
  parser.on('doctype', () => fail('a document type declaration is not read'))
  parser.on('opentag', ({ local, uri }) => {
    elements += 1
    if (elements > limits.elements) fail(`more than ${limits.elements} elements`)
    if (path.length > limits.depth) fail(`elements more than ${limits.depth} deep`)
    if (path.length === 1 && uri !== uforgeNamespace)
      fail(`the root is not in the namespace ${uforgeNamespace}`)
    const element = { name: local, children: [], text: '' }
    path.at(-1)?.children.push(element)
    path.push(element)
  })
  parser.on('closetag', () => void path.pop())
  const take = (part: string) => {
    const element = path.at(-1)
    if (element === undefined) return
    element.text += part
    if (element.text.length > limits.text) fail(`a text longer than ${limits.text} characters`)
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.write(text).close()
  const [root] = top.children
  if (root === undefined) throw new UnreadableDocument('the document is empty')
  return root
}

function readFields(type: XmlType, { children }: Element): Record<string, unknown> {
  const value: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(type)) {
    const child = children.find((each) => each.name === name)
    if (child !== undefined) value[name] = readValue(field, child)
  }
  return value
}

function readValue(field: XmlField, element: Element): unknown {
  if (isEnumeration(field)) return known(field, element)
  if (isList(field))
    return element.children
      .filter(({ name }) => name === field.list)
      .map((child) => readValue(field.of, child))
  return typeof field === 'string' ? readers[field](element) : readFields(field, element)
}

const readers = {
  string: ({ text }: Element) => text.trim(),
  number: (element: Element) => {
    const text = element.text.trim()
    const number = Number(text)
    if (!/^[+-]?\d{1,19}$/.test(text) || !Number.isSafeInteger(number)) throw wrong(element, 'a number')
    return number
  },
  boolean: (element: Element) => {
    const text = element.text.trim()
    if (!['true', 'false', '1', '0'].includes(text)) throw wrong(element, 'true or false')
    return text === 'true' || text === '1'
  },
  date: (element: Element) => {
    const text = element.text.trim()
    const date = /^\d{4}-\d{2}-\d{2}T[\d:.]{8,18}(Z|[+-]\d{2}:\d{2})?$/.test(text)
      ? Date.parse(text)
      : Number.NaN
    if (Number.isNaN(date)) throw wrong(element, 'a date and time')
    return date
  },
} as const

function known(words: readonly string[], element: Element): string {
  const text = element.text.trim()
  if (!words.includes(text)) throw wrong(element, `one of ${words.join(', ')}`)
  return text
}

const wrong = ({ name, text }: Element, wanted: string) =>
  new UnreadableDocument(`<${name}> is "${shown(text.trim())}" where ${wanted} must be`)

const shown = (text: string) => text.slice(0, 60)
