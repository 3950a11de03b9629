import { placesIn } from '@bootcast/boot'
import { anyVariant, type Machine, type Release } from '@bootcast/catalogue'
import {
  type newTemplateSchema,
  type Template as ShownTemplate,
  type Value as ShownValue,
  type ValueScope,
  valueOwnerOf,
} from '@bootcast/contract'
import type { z } from 'zod'
import type { CatalogueStore } from '../catalogue/catalogue-store.ts'
import { problemsOf } from '../installs/check-template.ts'
import { formats } from '../installs/formats/format.ts'
import type { InstallStore } from '../installs/install-store.ts'
import type { Installs, Preview } from '../installs/installs.ts'
import {
  type Template,
  TemplateNotFound,
  type TemplateProblem,
  TemplateUnusable,
} from '../installs/template.ts'
import type { ValueBook } from '../installs/value-book.ts'
import type { SetValue } from '../installs/values.ts'
import type { Handlers } from './handlers.ts'
import { Refused } from './problem-response.ts'

type TemplateCalls =
  | 'listTemplates'
  | 'listAllTemplates'
  | 'checkTemplate'
  | 'showTemplate'
  | 'putTemplate'
  | 'removeTemplate'
  | 'previewTemplate'
  | 'revealTemplate'
type NewTemplate = z.output<typeof newTemplateSchema>
type ValueCalls = 'listValues' | 'setValue' | 'removeValue'
export type TemplateHandlersOptions = {
  readonly catalogue: Pick<CatalogueStore, 'findImage' | 'releasesFor'>
  readonly store: InstallStore
  readonly installs: Installs
  /** The machine as it is known, or a stranger. */
  readonly machineOf: (mac: string) => Promise<Machine>
  /** Where machines reach the platform; no slash at the end. */
  readonly baseUrl: () => string
}

export function templateHandlers(options: TemplateHandlersOptions): Pick<Handlers, TemplateCalls> {
  const { catalogue, store } = options
  const all = async (image: string) => {
    await catalogue.findImage(image)
    const release = (await catalogue.releasesFor([image])).get(image)
    return (await store.templatesOf([image])).map((template) => shown(template, release))
  }
  const one = async (image: string, name: string) => {
    const found = (await all(image)).find((template) => template.name === name)
    if (found === undefined) throw new TemplateNotFound(image, name)
    return found
  }
  return {
    async listTemplates({ params }) {
      return { items: await all(params.name) }
    },
    showTemplate: ({ params }) => one(params.name, params.template),
    async listAllTemplates({ query }) {
      const { items, next } = await store.listTemplates(query)
      const releases = await catalogue.releasesFor([...new Set(items.map(({ image }) => image))])
      const summaries = items.map((template) => {
        const { files, variables: _, fetches: __, ...rest } = shown(template, releases.get(template.image))
        return { ...rest, files: files.map(({ name }) => name) }
      })
      return { items: summaries, ...(next !== undefined && { next }) }
    },
    async putTemplate({ params: { name: image, template: name }, body, user }) {
      const template = templateOf(image, name, body)
      const problems = problemsOf(template)
      if (problems.length > 0) throw new TemplateUnusable(problems)
      await store.putTemplate({ ...template, changedAt: Date.now(), changedBy: user })
      return await one(image, name)
    },
    async checkTemplate({ params: { name: image, template: name }, body: { template: asked, mac }, user }) {
      await catalogue.findImage(image)
      const template = templateOf(image, name, asked)
      const problems = problemsOf(template)
      if (mac === undefined || problems.length > 0) return { problems: problems.map(shownProblem) }
      const question = await questionOf(options, image, mac)
      const unsaved = { ...template, changedAt: Date.now(), changedBy: user }
      return { problems: [], preview: shownPreview(await options.installs.previewUnsaved(question, unsaved)) }
    },
    async removeTemplate({ params }) {
      await store.removeTemplate(params.name, params.template)
      return undefined
    },
    async previewTemplate({ params, query }) {
      return shownPreview(await preview(options, { ...params, ...query }, 'preview'))
    },
    async revealTemplate({ params, body }) {
      return shownPreview(await preview(options, { ...params, ...body }, 'reveal'))
    },
  }
}

async function preview(
  options: TemplateHandlersOptions,
  { name: image, template, mac }: { readonly name: string; readonly template: string; readonly mac: string },
  mode: 'preview' | 'reveal',
): Promise<Preview> {
  await options.catalogue.findImage(image)
  return await options.installs.preview({ ...(await questionOf(options, image, mac)), template }, mode)
}

/** @throws {Refused} when the image has nothing that the machine would boot */
async function questionOf(
  { catalogue, machineOf, baseUrl }: TemplateHandlersOptions,
  image: string,
  mac: string,
) {
  const machine = await machineOf(mac)
  const release = (await catalogue.releasesFor([image])).get(image)
  const variant = release && anyVariant(machine, release)
  if (release === undefined || variant === undefined)
    throw new Refused('release_not_found', `${image} has no release that a machine would boot`)
  return { machine, release, variant, bootUrl: `${baseUrl()}/b/KEY-OF-THE-BOOT` }
}

function templateOf(image: string, name: string, body: NewTemplate) {
  const { installs = formats[body.format].installs, variables, ...rest } = body
  const declared = variables.map((variable) => ({ ...variable, default: variable.default }))
  return { image, name, ...rest, installs, variables: declared }
}

function shown(
  { changedAt, variables, files, ...rest }: Template,
  release: Release | undefined,
): ShownTemplate {
  return {
    ...rest,
    variables: variables.map(({ choices, default: usual, ...variable }) => ({
      ...variable,
      choices: [...choices],
      ...(usual !== undefined && { default: usual }),
    })),
    files: [...files],
    isNamed: release?.variants.some((variant) => namedIn(variant.config.boot).includes(rest.name)) ?? false,
    changedAt: new Date(changedAt).toISOString(),
  }
}

const namedIn = (boot: Release['variants'][number]['config']['boot']) =>
  placesIn(boot.method === 'linux' ? boot.cmdline : boot.method === 'efi' ? boot.arguments : '')

const shownProblem = ({ where, line, column, variable, message }: TemplateProblem) => ({
  where,
  ...(line !== undefined && { line }),
  ...(column !== undefined && { column }),
  ...(variable !== undefined && { variable }),
  message,
})

const shownPreview = ({ files, problems, values }: Preview) => ({
  files: [...files],
  problems: problems.map(shownProblem),
  values: values.map(({ value, ...rest }) => ({ ...rest, ...(value !== undefined && { value }) })),
})

export function valueHandlers(book: ValueBook): Pick<Handlers, ValueCalls> {
  return {
    async listValues({ params }) {
      return { items: (await book.list(ownerOf(params))).map(shownValue) }
    },
    async setValue({ params, body, user }) {
      const owner = ownerOf(params)
      return shownValue(
        await book.set({ ...owner, name: params.name, ...body, setAt: Date.now(), setBy: user }),
      )
    },
    async removeValue({ params }) {
      await book.remove({ ...ownerOf(params), name: params.name })
      return undefined
    },
  }
}

/** In the spelling that everything else has. */
function ownerOf({ scope, of }: { readonly scope: ValueScope; readonly of: string }) {
  const read = valueOwnerOf[scope].safeParse(of)
  if (!read.success)
    throw new Refused('invalid_request', `${of.slice(0, 64)}: ${read.error.issues[0]?.message}`)
  return { scope, of: read.data }
}

const shownValue = ({ scope, of, name, secret, value, setAt, setBy }: SetValue): ShownValue => ({
  scope,
  of,
  name,
  secret,
  ...(!secret && value !== undefined && { value }),
  setAt: new Date(setAt).toISOString(),
  setBy,
})
