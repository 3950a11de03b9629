import type { NewTemplate, Template, TemplateProblem, TemplateVariable } from '@bootcast/contract'

/** A template as somebody writes it. */
export type Draft = {
  readonly format: NewTemplate['format']
  readonly fetches: number
  /** Absent: what is usual for the format. */
  readonly installs: boolean | undefined
  readonly variables: readonly TemplateVariable[]
  readonly files: readonly { readonly name: string; readonly text: string }[]
}

/** What installers ask for by name. */
const usualFiles: Readonly<Record<Draft['format'], readonly string[]>> = {
  preseed: ['preseed.cfg'],
  kickstart: ['ks.cfg'],
  'cloud-init': ['user-data', 'meta-data'],
  ignition: ['config.ign'],
  autoyast: ['autoinst.xml'],
  agama: ['profile.json'],
  talos: ['config.yaml'],
  unattend: ['unattend.xml'],
  text: ['text'],
}

export const emptyDraft = (format: Draft['format']): Draft => ({
  format,
  fetches: 1,
  installs: undefined,
  variables: [],
  files: usualFiles[format].map((name) => ({ name, text: '' })),
})

export const draftOf = ({ format, fetches, installs, variables, files }: Template): Draft => ({
  format,
  fetches,
  installs,
  variables,
  files,
})

/** As the API takes it. */
export const bodyOf = ({ installs, variables, files, ...rest }: Draft): NewTemplate => ({
  ...rest,
  ...(installs !== undefined && { installs }),
  variables: variables.map((variable) => ({ ...variable })),
  files: files.map((file) => ({ ...file })),
})

export const isSame = (one: Draft, other: Draft): boolean =>
  JSON.stringify(bodyOf(one)) === JSON.stringify(bodyOf(other))

const mostBytes = 128 * 1024
const fileName = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/

/** With a file from elsewhere: in the place of one with its name, or of the only one while that is empty. `undefined`: it is no such text. */
export function withFile(draft: Draft, name: string, bytes: Uint8Array): Draft | undefined {
  const text = textOf(bytes)
  if (text === undefined || !fileName.test(name)) return undefined
  const [first, ...others] = draft.files
  const isBlank = first?.text === '' && others.length === 0
  const hasIt = draft.files.some((file) => file.name === name)
  const files = isBlank
    ? [{ name, text }]
    : hasIt
      ? draft.files.map((file) => (file.name === name ? { name, text } : file))
      : [...draft.files, { name, text }]
  return files.length > 16 ? undefined : { ...draft, files }
}

function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > mostBytes) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

export const variableNamed = (name: string): TemplateVariable => ({
  name,
  description: '',
  kind: 'line',
  choices: [],
  required: true,
  secret: false,
})

/** Problems of one file: `where` names it only where there are several. */
export const problemsIn = (
  problems: readonly TemplateProblem[],
  draft: Draft,
  file: string,
): readonly TemplateProblem[] =>
  problems.filter(({ where }) =>
    draft.files.length === 1 ? !where.includes('/') : where.endsWith(`/${file}`),
  )

/** Something in a text that is wrong: what stands before it in its line, and itself. */
export type Mark = { readonly line: number; readonly before: string; readonly text: string }

/** At most this many are shown: a text may be wrong everywhere. */
const mostMarks = 100

/** Where problems are in a text; those of lines that are not there any more are left out. */
export function marksIn(text: string, problems: readonly TemplateProblem[]): readonly Mark[] {
  const lines = text.split('\n')
  return problems.slice(0, mostMarks).flatMap(({ line, column }) => {
    const said = line === undefined ? undefined : lines[line - 1]
    if (line === undefined || said === undefined) return []
    const at = Math.min((column ?? 1) - 1, said.length)
    const end = said.indexOf('}}', at)
    return [
      { line, before: said.slice(0, at), text: said.slice(at, end === -1 ? undefined : end + 2) || ' ' },
    ]
  })
}

/** Where a line and column are in a text, from 0. */
export function offsetOf(text: string, line: number, column = 1): number {
  let start = 0
  for (let at = 1; at < line; at++) {
    const end = text.indexOf('\n', start)
    if (end === -1) break
    start = end + 1
  }
  return Math.min(text.length, start + column - 1)
}
