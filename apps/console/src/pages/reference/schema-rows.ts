export type JsonSchema = Readonly<Record<string, unknown>>

/** One line of an unfolded schema. */
export type SchemaRow = {
  /** How deep: 0 is the thing itself. */
  readonly depth: number
  /** `items[]` of an array; empty: the thing itself. */
  readonly name: string
  readonly type: string
  readonly isRequired: boolean
  readonly about: string
}
export type Unfolded = { readonly rows: readonly SchemaRow[]; readonly isCut: boolean }

/** A document may be made by another version than this page: what it unfolds to is bounded. */
const most = { depth: 6, rows: 300, choices: 12 } as const

type Walk = {
  readonly schemas: Readonly<Record<string, JsonSchema>>
  readonly rows: SchemaRow[]
  isCut: boolean
}
type Place = { readonly depth: number; readonly name: string; readonly isRequired: boolean }

/** A schema as lines, each property below what has it. `schemas`: what `$ref` may name. */
export function unfold(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>> = {}): Unfolded {
  const walk: Walk = { schemas, rows: [], isCut: false }
  visit(walk, schema, { depth: 0, name: '', isRequired: true })
  return { rows: walk.rows, isCut: walk.isCut }
}

function visit(walk: Walk, given: JsonSchema, place: Place): void {
  if (place.depth > most.depth || walk.rows.length >= most.rows) {
    walk.isCut = true
    return
  }
  const schema = resolved(walk, given)
  const about = typeof schema['description'] === 'string' ? schema['description'] : ''
  walk.rows.push({
    ...place,
    type: typeOf(walk, schema),
    about: [about, limitsOf(schema)].filter(Boolean).join(' · '),
  })
  for (const child of childrenOf(walk, schema))
    visit(walk, child.schema, { ...child, depth: place.depth + 1 })
}

type Child = { readonly schema: JsonSchema; readonly name: string; readonly isRequired: boolean }

function childrenOf(walk: Walk, schema: JsonSchema): readonly Child[] {
  const required = listOf(schema['required'])
  const properties = Object.entries(recordOf(schema['properties'])).map(([name, one]) => ({
    ...{ schema: recordOf(one), name, isRequired: required.includes(name) },
  }))
  return [...properties, ...itemChildren(walk, schema), ...choiceChildren(walk, schema)]
}

/** Of what an array or a map holds: its own properties only, as its type stands in the line above. */
function itemChildren(walk: Walk, schema: JsonSchema): readonly Child[] {
  const held = schema['items'] ?? schema['additionalProperties']
  if (typeof held !== 'object' || held === null) return []
  return childrenOf(walk, resolved(walk, recordOf(held)))
}

function choiceChildren(walk: Walk, schema: JsonSchema): readonly Child[] {
  const choices = choicesOf(schema).map((choice) => resolved(walk, choice))
  if (!choices.some((choice) => 'properties' in choice)) return []
  if (choices.length > most.choices) walk.isCut = true
  return choices.slice(0, most.choices).map((choice, at) => ({
    ...{ schema: choice, name: `choice ${at + 1}`, isRequired: false },
  }))
}

/** Words for what a value may be: `string`, `integer`, `object[]`, `"a" | "b"`. */
function typeOf(walk: Walk, schema: JsonSchema, depth = 0): string {
  if (depth > most.depth) return '…'
  const inner = (one: unknown) => typeOf(walk, resolved(walk, recordOf(one)), depth + 1)
  if ('const' in schema) return JSON.stringify(schema['const'])
  const values = listOf(schema['enum'])
  if (values.length > 0)
    return values
      .slice(0, most.choices)
      .map((one) => JSON.stringify(one))
      .join(' | ')
  const choices = choicesOf(schema)
  if (choices.length > 0) return [...new Set(choices.slice(0, most.choices).map(inner))].join(' | ')
  if (schema['type'] === 'array') return `${inner(schema['items'])}[]`
  const held = schema['additionalProperties']
  if (schema['type'] === 'object' && typeof held === 'object' && held !== null) return `map of ${inner(held)}`
  const types = Array.isArray(schema['type']) ? schema['type'] : [schema['type'] ?? 'anything']
  return types.map(String).join(' | ')
}

const limitNames: Readonly<Record<string, string>> = {
  format: 'format',
  minimum: 'at least',
  maximum: 'at most',
  minLength: 'characters, at least',
  maxLength: 'characters, at most',
  maxItems: 'items, at most',
  default: 'if absent',
  pattern: 'like',
}

/** Bounds that zod writes for every whole number say nothing. */
const isSaid = (value: unknown): boolean => typeof value !== 'number' || Number.isSafeInteger(value + 1)

function limitsOf(schema: JsonSchema): string {
  return Object.entries(limitNames)
    .flatMap(([key, words]) => {
      const value = schema[key]
      if (value === undefined || Math.abs(Number(value)) >= Number.MAX_SAFE_INTEGER || !isSaid(value))
        return []
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      return key === 'pattern' && 'format' in schema ? [] : [`${words} ${text.slice(0, 120)}`]
    })
    .join(', ')
}

/** What `$ref` names in the document; what it does not name there, and what names itself, stays as it is. */
function resolved({ schemas }: Pick<Walk, 'schemas'>, schema: JsonSchema): JsonSchema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema['$ref'] ?? ''))?.[1]
  return (name === undefined ? undefined : schemas[name]) ?? schema
}

function choicesOf(schema: JsonSchema): readonly JsonSchema[] {
  return [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].map(recordOf)
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const recordOf = (value: unknown): JsonSchema =>
  typeof value === 'object' && value !== null ? { ...value } : {}

/** A value that fits a schema, for an example: what must be given, and no more. */
export function exampleOf(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>> = {},
  depth = 0,
): unknown {
  const known = resolved({ schemas }, schema)
  const [example] = listOf(known['examples'])
  const [first] = listOf(known['enum'])
  const told = example ?? known['default'] ?? known['const'] ?? first
  if (told !== undefined || depth > most.depth) return told ?? '…'
  const [choice] = choicesOf(known)
  if (choice !== undefined) return exampleOf(choice, schemas, depth + 1)
  return plainExample(known, schemas, depth)
}

function plainExample(
  schema: JsonSchema,
  schemas: Readonly<Record<string, JsonSchema>>,
  depth: number,
): unknown {
  const required = listOf(schema['required'])
  const properties = Object.entries(recordOf(schema['properties'])).filter(([name]) =>
    required.includes(name),
  )
  const byType: Readonly<Record<string, () => unknown>> = {
    object: () =>
      Object.fromEntries(
        properties.map(([name, one]) => [name, named(name, exampleOf(recordOf(one), schemas, depth + 1))]),
      ),
    array: () => [],
    boolean: () => false,
    integer: () => Math.max(0, Number(schema['minimum'] ?? 0)),
    number: () => Math.max(0, Number(schema['minimum'] ?? 0)),
    null: () => null,
  }
  return byType[String(schema['type'])]?.() ?? 'TEXT'
}

/** A text is named by what it is, so that one sees what to fill in. */
const named = (name: string, example: unknown): unknown =>
  example === 'TEXT' ? name.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase() : example
