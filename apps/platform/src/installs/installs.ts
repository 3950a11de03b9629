import { type BootDocument, checkCommandLine, withValues } from '@bootcast/boot'
import { type InstallQuestion, type Machine, openNames, type Readiness } from '@bootcast/catalogue'
import { builtInValues } from './built-in.ts'
import { formats } from './formats/format.ts'
import { givensOf } from './givens.ts'
import type { InstallStore } from './install-store.ts'
import { type Given, type Rendered, type RenderMode, render } from './render.ts'
import {
  problemText,
  type Template,
  TemplateNotFound,
  type TemplateProblem,
  TemplateUnusable,
} from './template.ts'
import { type Found, type SetValue, valuesFor } from './values.ts'

const nothing: Readiness = { documents: {}, values: new Map(), problems: [] }
/** Stands for the URL of a boot where there is none yet; as long as one is. */
const noBootUrl = `http://255.255.255.255:65535/b/${'x'.repeat(22)}`

/** Answers for installers: templates of images, filled in for machines. */
export class Installs {
  readonly #store: InstallStore

  constructor(store: InstallStore) {
    this.#store = store
  }

  /** For each, in the same order. Cost: two look-ups for all together, none when no command line asks for anything. */
  async readiness(questions: readonly InstallQuestion[]): Promise<readonly Readiness[]> {
    const asking = questions.filter(({ variant }) => openNames(variant).length > 0)
    if (asking.length === 0) return questions.map(() => nothing)
    const [templates, values] = await Promise.all([
      this.#store.templatesOf(asking.map(({ release }) => release.image)),
      this.#valuesOf(asking.map(({ machine, release }) => ({ machine, image: release.image }))),
    ])
    return questions.map((question) => readinessOf(question, templates, values))
  }

  /** One file of a document, for the machine. `undefined`: there is no such template or file. @throws {TemplateUnusable} */
  async document({
    role,
    file,
    bootUrl,
    ...question
  }: InstallQuestion & {
    readonly role: string
    readonly file: string
    readonly bootUrl: string
  }): Promise<string | undefined> {
    const { image } = question.release
    const template = (await this.#store.templatesOf([image])).find(({ name }) => name === role)
    const wanted = template?.files.find(({ name }) => name === file)
    if (template === undefined || wanted === undefined) return undefined
    const values = await this.#valuesOf([{ machine: question.machine, image }])
    const given = givensFor(template, question, values, bootUrl)
    const { text, problems } = rendered(template, wanted, given, 'serve')
    if (problems.length > 0) throw new TemplateUnusable(problems)
    return text
  }

  /** What a machine would get of a template. @throws {TemplateNotFound} */
  async preview(
    question: Questioned & { readonly template: string },
    mode: Extract<RenderMode, 'preview' | 'reveal'>,
  ): Promise<Preview> {
    const { image } = question.release
    const template = (await this.#store.templatesOf([image])).find(({ name }) => name === question.template)
    if (template === undefined) throw new TemplateNotFound(image, question.template)
    return await this.#previewed(question, template, mode)
  }

  /**
   * The same of a template that is not kept. Of a secret value it tells only whether there is one: whoever may write
   * templates could else find it out by asking, with kinds and choices of their own, and nobody would see it.
   */
  async previewUnsaved(question: Questioned, template: Template): Promise<Preview> {
    return await this.#previewed(question, template, 'unsaved')
  }

  async #previewed(
    question: Questioned,
    template: Template,
    mode: 'preview' | 'reveal' | 'unsaved',
  ): Promise<Preview> {
    const { image } = question.release
    const values = await this.#valuesOf([{ machine: question.machine, image }])
    const known = givensFor(template, question, values, question.bootUrl)
    const given = mode === 'unsaved' ? (name: string) => hushed(known(name)) : known
    const files = template.files.map((file) =>
      rendered(template, file, given, mode === 'reveal' ? 'reveal' : 'preview'),
    )
    const found = valuesFor(question.machine, image, values)
    return {
      files: files.map(({ name, text }) => ({ name, text })),
      problems: files.flatMap(({ problems }) => problems),
      values: template.variables.map(({ name }) => {
        const { value, secret } = given(name)
        return { name, secret, value: secret ? undefined : value, from: sourceOf(found.get(name), value) }
      }),
    }
  }

  /** Problems that a value makes in the templates of these images, if a machine had it. */
  async problemsWith(
    value: SetValue,
    questions: readonly InstallQuestion[],
  ): Promise<readonly TemplateProblem[]> {
    const templates = await this.#store.templatesOf(questions.map(({ release }) => release.image))
    const values = await this.#valuesOf(
      questions.map(({ machine, release }) => ({ machine, image: release.image })),
    )
    const others = values.filter(
      (one) => !(one.scope === value.scope && one.of === value.of && one.name === value.name),
    )
    return questions.flatMap((question) =>
      templates
        .filter(({ image }) => image === question.release.image)
        .flatMap((template) => trial(template, question, [...others, value]))
        .filter(({ variable }) => variable === value.name),
    )
  }

  async #valuesOf(
    asking: readonly { readonly machine: Machine; readonly image: string }[],
  ): Promise<readonly SetValue[]> {
    return await this.#store.values({
      machines: [...new Set(asking.map(({ machine }) => machine.mac))],
      labels: [...new Set(asking.flatMap(({ machine }) => machine.labels))],
      images: [...new Set(asking.map(({ image }) => image))],
    })
  }
}

type Questioned = InstallQuestion & { readonly bootUrl: string }

const hushed = (given: Given): Given =>
  given.secret && (given.value ?? '') !== '' ? { value: 'secret', secret: true } : given

export type Preview = {
  readonly files: readonly { readonly name: string; readonly text: string }[]
  readonly problems: readonly TemplateProblem[]
  readonly values: readonly {
    readonly name: string
    readonly secret: boolean
    /** Absent: secret, or none. */
    readonly value: string | undefined
    readonly from: string
  }[]
}

function sourceOf(found: Found | undefined, value: string | undefined): string {
  if (found !== undefined) return 'from' in found ? found.from : 'several labels'
  return value === undefined ? 'nowhere' : 'default'
}

function readinessOf(
  question: InstallQuestion,
  templates: readonly Template[],
  values: readonly SetValue[],
): Readiness {
  const { machine, release, variant } = question
  const names = openNames(variant)
  const named = templates.filter(({ image, name }) => image === release.image && names.includes(name))
  const found = valuesFor(machine, release.image, values)
  const problems = named.flatMap((template) => trial(template, question, values)).map(problemText)
  const words = new Map<string, string | undefined>()
  for (const name of names.filter((one) => !named.some((template) => template.name === one))) {
    const usual = variant.config.parameters.find((parameter) => parameter.name === name)?.default
    const word = wordOf(name, found.get(name), usual)
    if (word.problem !== undefined) problems.push(word.problem)
    words.set(name, word.value)
  }
  const { boot } = variant.config
  const line = boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : ''
  const wrong = problems.length === 0 ? checkCommandLine(withValues(line, words)) : undefined
  if (wrong !== undefined) problems.push(`the command line cannot be given to the machine: ${wrong}`)
  const documents = named.map(({ name, files, fetches, installs }): [string, BootDocument] => [
    name,
    { name: files.length === 1 ? (files[0]?.name ?? '') : '', fetches, installs },
  ])
  return { documents: Object.fromEntries(documents), values: words, problems }
}

/** A value within the command line is one word, and everybody who sees the machine sees it. */
function wordOf(name: string, found: Found | undefined, usual: string | undefined): Partial<Given> {
  if (found === undefined) return { value: usual }
  if ('problem' in found) return { problem: found.problem }
  if (found.secret) return { problem: `${name} is secret, and a command line is not; put it into a template` }
  const { value } = found
  if (value === '') return {}
  return /^[\x21\x23-\x7e]+$/.test(value) && !value.includes('{{') && checkCommandLine(value) === undefined
    ? { value }
    : {
        problem: `${name} cannot be a word of the command line: it has a space, a quote or what iPXE would read`,
      }
}

function trial(
  template: Template,
  question: InstallQuestion,
  values: readonly SetValue[],
): readonly TemplateProblem[] {
  const given = givensFor(template, question, values, noBootUrl)
  return template.files.flatMap((file) => rendered(template, file, given, 'trial').problems)
}

function rendered(
  template: Template,
  file: Template['files'][number],
  given: (name: string) => Given,
  mode: RenderMode,
): Rendered {
  const done = render(template, file, given, mode)
  if (done.problems.length > 0) return done
  const message = mode === 'preview' ? undefined : formats[template.format].whyWrong?.(done.text)
  return message === undefined ? done : { ...done, problems: [{ where: template.name, message }] }
}

function givensFor(
  { variables }: Template,
  { machine, release, variant }: InstallQuestion,
  values: readonly SetValue[],
  bootUrl: string,
): (name: string) => Given {
  const { mac, uuid, serial, address } = machine
  const { image, number } = release
  const facts = {
    mac,
    uuid,
    serial,
    address,
    image,
    release: `${image}@${number}`,
    tree: variant.tree,
    bootUrl,
  }
  return givensOf({
    variables,
    found: valuesFor(machine, image, values),
    builtIn: builtInValues(facts),
    mac,
  })
}
