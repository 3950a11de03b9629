/**
 * What a document of UForge looks like, as data: the names of a type in the order in which its schema has them, those
 * of its base types first. Clients are generated from the schema and refuse another order, so a table says it once for
 * reading and writing.
 */
export type XmlType = { readonly [name: string]: XmlField }

export type XmlField = 'string' | 'number' | 'boolean' | 'date' | readonly string[] | XmlList | XmlType

/** Any number of elements of one name within another, which is written also when there are none. */
export type XmlList = { readonly list: string; readonly of: XmlField }

/** Dates are in milliseconds since 1970. What a type has and a value has not is left out of the document. */
export type XmlValue<Field> = Field extends 'string'
  ? string
  : Field extends 'number' | 'date'
    ? number
    : Field extends 'boolean'
      ? boolean
      : Field extends readonly string[]
        ? Field[number]
        : Field extends { readonly list: string; readonly of: infer Of }
          ? readonly XmlValue<Of>[]
          : { readonly [Name in keyof Field]?: XmlValue<Field[Name]> | undefined }

export const isList = (field: XmlField): field is XmlList =>
  typeof field === 'object' && 'list' in field && typeof field.list === 'string' && 'of' in field

export const isEnumeration = (field: XmlField): field is readonly string[] => Array.isArray(field)

export const uforgeNamespace = 'http://www.usharesoft.com/uforge'
