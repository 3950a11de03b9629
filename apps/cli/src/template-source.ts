import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { builtInVariables, type NewTemplate, newTemplateSchema } from '@bootcast/contract'
import { parse } from 'smol-toml'
import { Failure, usageFailure } from './failure.ts'

/** What the command line says beside the path. */
export type TemplateOptions = {
  readonly name?: string
  readonly format?: string
  readonly fetches?: string
  readonly installs?: string
  readonly secret?: readonly string[]
  readonly optional?: readonly string[]
  readonly default?: readonly string[]
}

export type TemplateSource = { readonly name: string; readonly template: NewTemplate }

/** By the name of a file. */
const usualFormats: readonly (readonly [RegExp, string])[] = [
  [/preseed|\.seed$/, 'preseed'],
  [/\.ks$|^ks\.cfg|kickstart/, 'kickstart'],
  [/^user-data|cloud-config|cloud-init/, 'cloud-init'],
  [/\.ign$|ignition/, 'ignition'],
  [/unattend\.xml$/i, 'unattend'],
  [/\.xml$/, 'autoyast'],
  [/\.jsonnet$|agama/, 'agama'],
  [/talos|controlplane|worker/, 'talos'],
]
/** What recipes call the parameter. */
const usualNames: Readonly<Record<string, string>> = {
  'cloud-init': 'autoinstall',
  agama: 'profile',
  talos: 'config',
}
const settingsFile = 'template.toml'
const mostBytes = 128 * 1024

/** A template as it lies on this computer: a file, or a folder with `template.toml` and files. @throws {Failure} */
export async function templateSource(path: string, options: TemplateOptions): Promise<TemplateSource> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new Failure(`${path} is not there.`, { code: 'file_unreadable' })
  return found.isDirectory() ? await fromFolder(path, options) : await fromFile(path, options)
}

async function fromFolder(path: string, options: TemplateOptions): Promise<TemplateSource> {
  const names = (await readdir(path)).filter((name) => !name.startsWith('.') && !name.endsWith('~')).sort()
  const settings = names.includes(settingsFile) ? settingsIn(await textOf(join(path, settingsFile))) : {}
  const files = await filesOf(
    path,
    names.filter((name) => name !== settingsFile),
  )
  const said = { ...settings, ...saidBy(options) }
  const format = String(said['format'] ?? formatOf(files[0]?.name ?? ''))
  const variables = said['variables'] ?? declared(files, options)
  const { name = usualNames[format] ?? format, ...rest } = said
  return checked(String(options.name ?? name), { ...rest, format, variables, files })
}

async function fromFile(path: string, options: TemplateOptions): Promise<TemplateSource> {
  const files = [{ name: basename(path), text: await textOf(path) }]
  const format = options.format ?? formatOf(basename(path))
  const name = options.name ?? usualNames[format] ?? format
  return checked(name, { ...saidBy(options), format, variables: declared(files, options), files })
}

function formatOf(name: string): string {
  const found = usualFormats.find(([pattern]) => pattern.test(name))?.[1]
  if (found === undefined)
    throw usageFailure(`Of what format is ${name}?`, 'Say it: --format preseed, kickstart, cloud-init, …')
  return found
}

const filesOf = (path: string, names: readonly string[]) =>
  Promise.all(names.map(async (name) => ({ name, text: await textOf(join(path, name)) })))

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw new Failure(`${path} cannot be read.`, { code: 'file_unreadable', why: error.message })
  })
  if (bytes.length > mostBytes)
    throw new Failure(`${path} is larger than ${mostBytes / 1024} KiB.`, { code: 'file_too_large' })
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Failure(`${path} is no text in UTF-8.`, { code: 'file_unreadable' })
  }
}

function settingsIn(text: string): Record<string, unknown> {
  try {
    return parse(text)
  } catch (error) {
    throw new Failure(`${settingsFile} cannot be read.`, {
      code: 'file_unreadable',
      why: error instanceof Error ? error.message : String(error),
    })
  }
}

/** Every variable that a text has and nobody declared: it needs a value, unless the command line says otherwise. */
function declared(files: NewTemplate['files'], options: TemplateOptions): NewTemplate['variables'] {
  const names = new Set(files.flatMap(({ text }) => namesIn(text)))
  const defaults = new Map((options.default ?? []).map(nameAndValue))
  const secrets = options.secret ?? []
  return [...names].map((name) => {
    const usual = defaults.get(name)
    const isOptional = usual !== undefined || options.optional?.includes(name) === true
    return {
      name,
      required: !isOptional,
      secret: secrets.includes(name),
      ...(usual !== undefined && { default: usual }),
    }
  })
}

function namesIn(text: string): readonly string[] {
  const places = text.matchAll(/(?<!\\)\{\{\s*(?:#if\s+)?([a-z][a-z0-9-]{0,31})[^{}\n]*\}\}/g)
  return [...places].map(([, name = '']) => name).filter((name) => !Object.hasOwn(builtInVariables, name))
}

function nameAndValue(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw usageFailure(`“${text.slice(0, 40)}” is no NAME=VALUE.`)
  return [text.slice(0, at), text.slice(at + 1)]
}

function saidBy({ format, fetches, installs }: TemplateOptions): Record<string, unknown> {
  if (installs !== undefined && !['yes', 'no'].includes(installs))
    throw usageFailure('--installs is yes or no.')
  return {
    ...(format !== undefined && { format }),
    ...(fetches !== undefined && { fetches: Number(fetches) }),
    ...(installs !== undefined && { installs: installs === 'yes' }),
  }
}

function checked(name: string, template: unknown): TemplateSource {
  const read = newTemplateSchema.safeParse(template)
  if (read.success) return { name, template: read.data }
  const issues = read.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`)
  throw usageFailure(`The template cannot be used: ${issues.join('; ')}.`)
}
