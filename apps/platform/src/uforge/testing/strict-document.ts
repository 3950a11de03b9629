import assert from 'node:assert/strict'
import { SaxesParser, type SaxesTagNS } from 'saxes'
import * as types from '../documents/schema.ts'
import { isEnumeration, isList, uforgeNamespace, type XmlField, type XmlType } from '../documents/xml-type.ts'

/** Root elements with their types, as the bindings that clients are made with have them. */
const roots: Readonly<Record<string, XmlType>> = {
  serviceStatus: types.serviceStatus,
  user: types.user,
  org: types.org,
  orgs: types.orgs,
  appliance: types.appliance,
  appliances: types.appliances,
  image: types.image,
  images: types.images,
  status: types.opStatus,
  statuses: types.opStatuses,
  installProfile: types.installProfile,
  imageFormats: types.imageFormats,
  targetFormat: types.targetFormat,
  targetFormats: types.targetFormats,
  targetPlatforms: types.targetPlatforms,
  publishImages: types.publishImages,
  credAccounts: types.credAccounts,
  apiKeyPair: types.apiKeyPair,
  apiKeyPairs: types.apiKeyPairs,
  uforgeError: types.uforgeError,
}

export type Node = { readonly name: string; readonly children: Node[]; text: string }

/**
 * Reads a document as the bindings of the published clients do, which refuse what is not exactly of the schema: the
 * root in the namespace by a prefix, all else in none, no attributes, no unknown elements, the order of the schema, and
 * of names of formats those that it has. @throws {AssertionError}
 */
export function readStrictly(text: string): Node {
  const parser = new SaxesParser({ xmlns: true })
  const top: Node = { name: '', children: [], text: '' }
  const path: Node[] = [top]
  parser.on('error', (error) => assert.fail(error.message))
  parser.on('opentag', (tag) => {
    checkTag(tag, path.length === 1)
    const node = { name: tag.local, children: [], text: '' }
    path.at(-1)?.children.push(node)
    path.push(node)
  })
  parser.on('closetag', () => void path.pop())
  parser.on('text', (part) => {
    const node = path.at(-1)
    if (node !== undefined) node.text += part
  })
  parser.write(text).close()
  const root = top.children[0]
  assert.ok(root)
  const type = roots[root.name]
  assert.ok(type, `<${root.name}> is no root of the schema`)
  checkNode(root, type, root.name)
  return root
}

function checkTag(tag: SaxesTagNS, isRoot: boolean): void {
  const wanted = isRoot ? uforgeNamespace : ''
  assert.equal(tag.uri, wanted, `<${tag.name}> is in the namespace "${tag.uri}"`)
  assert.equal(tag.prefix !== '', isRoot, `<${tag.name}>: a prefix belongs to the root alone`)
  const others = Object.values(tag.attributes).filter(({ prefix }) => prefix !== 'xmlns' || !isRoot)
  assert.deepEqual(others, [], `<${tag.name}> has attributes`)
}

function checkNode(node: Node, field: XmlField, where: string): void {
  if (isEnumeration(field)) {
    assert.ok(field.includes(node.text), `${where} is "${node.text}"`)
    return
  }
  if (isList(field)) {
    for (const child of node.children) {
      assert.equal(child.name, field.list, where)
      checkNode(child, field.of, `${where}/${child.name}`)
    }
    return
  }
  if (typeof field === 'string') {
    checkText(node, field, where)
    return
  }
  const order = Object.keys(field)
  let last = -1
  for (const child of node.children) {
    const at = order.indexOf(child.name)
    assert.ok(at > last, `${where}: <${child.name}> is not expected there`)
    last = at
    checkNode(child, field[child.name] ?? 'string', `${where}/${child.name}`)
  }
}

const forms = {
  string: /^.*$/s,
  number: /^-?\d{1,19}$/,
  boolean: /^(true|false)$/,
  date: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/,
} as const

function checkText(node: Node, kind: keyof typeof forms, where: string): void {
  assert.match(node.text, forms[kind], where)
  if (where.endsWith('/format/name'))
    assert.equal(node.text, 'PXE', 'names of formats are a closed enumeration')
}

/** What stands at a path of names, `status/complete`; `undefined`: nothing does, as `None` for those clients. */
export function textAt(node: Node, path: string): string | undefined {
  let found: Node | undefined = node
  for (const name of path.split('/')) found = found?.children.find((child) => child.name === name)
  return found?.text
}
