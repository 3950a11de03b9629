import {
  isEnumeration,
  isList,
  uforgeNamespace,
  type XmlField,
  type XmlType,
  type XmlValue,
} from './xml-type.ts'

/**
 * A document as the clients of UForge take it: the root in the namespace by a prefix, all below it in none, in the
 * order of the schema (uforge.xsd has elementFormDefault="unqualified" and sequences only).
 *
 * @param root name of the root element
 */
export function writeDocument<const Type extends XmlType>(
  root: string,
  type: Type,
  value: XmlValue<Type>,
): string {
  const inner = writeFields(type, value as Record<string, unknown>)
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ns0:${root} xmlns:ns0="${uforgeNamespace}">${inner}</ns0:${root}>\n`
}

function writeFields(type: XmlType, value: Readonly<Record<string, unknown>>): string {
  return Object.entries(type)
    .map(([name, field]) => (value[name] === undefined ? '' : writeElement(name, field, value[name])))
    .join('')
}

function writeElement(name: string, field: XmlField, value: unknown): string {
  const inner = writeInner(field, value)
  return inner === '' ? `<${name}/>` : `<${name}>${inner}</${name}>`
}

function writeInner(field: XmlField, value: unknown): string {
  if (field === 'date') return new Date(value as number).toISOString()
  if (typeof field === 'string' || isEnumeration(field)) return escapeText(String(value))
  if (isList(field))
    return (value as readonly unknown[]).map((each) => writeElement(field.list, field.of, each)).join('')
  return writeFields(field, value as Readonly<Record<string, unknown>>)
}

/** What XML 1.0 has no way to say (its section 2.2) becomes U+FFFD: one odd name must not break a whole list. */
export function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\u{fffd}')
    .replace(/[&<>"'\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
