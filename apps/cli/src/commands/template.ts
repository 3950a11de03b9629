import { cp, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { macSchema, type Template, type TemplatePreview } from '@bootcast/contract'
import { Argument, type Command } from 'commander'
import { exitCodes, Failure, usageFailure } from '../failure.ts'
import { localTime } from '../quantities.ts'
import { type TemplateOptions, templateSource } from '../template-source.ts'
import type { Column, Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

const examplesFolder = join(import.meta.dirname, '..', '..', 'templates')

export function addTemplateCommands(program: Command, world: World): void {
  const template = program
    .command('template')
    .description('What the installer of an image is told: answers, filled in for each machine')
  const exampleCommand = addCommand(template, {
    usage: 'example',
    summary: 'Ready-made templates; without a name: which there are',
    examples: [
      'bootcast template example',
      'bootcast template example preseed',
      'bootcast template example preseed --to ./debian-answers',
    ],
  })
    .addArgument(new Argument('[name]', 'what the recipe of the image calls it'))
    .option('--to <folder>', 'write it there, to change it and to set it')
  runs(exampleCommand, world, example)

  const setCommand = addCommand(template, {
    usage: 'set <image> <path>',
    summary: 'Set a template of an image: from a folder with template.toml, or from a file',
    examples: [
      'bootcast template set debian ./debian-answers',
      'bootcast template set debian preseed.cfg --secret password --default user=operator',
      'bootcast template set rocky ks.cfg --name kickstart --format kickstart',
    ],
  })
    .option('--name <name>', 'what {{name}} in the command line stands for it; usual: that of its format')
    .option(
      '--format <format>',
      'preseed, kickstart, cloud-init, ignition, autoyast, agama, talos, unattend, text',
    )
    .option('--fetches <count>', 'how often a machine may fetch each file in one boot; usual: 1')
    .option('--installs <yes|no>', 'with “done” the machine starts from its disk; usual: as its format does')
    .option('--secret <names...>', 'variables that nobody is shown')
    .option('--optional <names...>', 'variables that may have no value')
    .option('--default <name=value...>', 'a variable’s value when nobody gives one')
  runs(setCommand, world, set)

  const previewCommand = addCommand(template, {
    usage: 'preview <image>',
    summary: 'The very text that a machine would get; exit code 1 when it would get none',
    examples: [
      'bootcast template preview debian --mac 52:54:00:12:34:56',
      'bootcast template preview debian --mac 52:54:00:12:34:56 --name preseed --reveal',
    ],
  })
    .requiredOption('--mac <address>', 'the machine')
    .option('--name <name>', 'the template; not needed when there is one')
    .option('--reveal', 'with secrets in clear; this is noted in the audit log')
  runs(previewCommand, world, preview)

  const listCommand = addCommand(template, {
    usage: 'list <image>',
    summary: 'Templates of an image',
    examples: ['bootcast template list debian'],
  })
  runs(listCommand, world, list)

  const showCommand = addCommand(template, {
    usage: 'show <image> [name]',
    summary: 'A template with its variables and files',
    examples: ['bootcast template show debian', 'bootcast template show debian preseed --json'],
  })
  runs(showCommand, world, show)

  const removeCommand = addCommand(template, {
    usage: 'remove <image> <name>',
    summary: 'Remove a template; values stay',
    examples: ['bootcast template remove debian preseed'],
  })
  runs(removeCommand, world, remove)
}

async function example(
  { output }: Desk,
  [name]: readonly string[],
  { to }: { readonly to?: string },
): Promise<void> {
  const names = (await readdir(examplesFolder)).sort()
  if (name === undefined)
    return output.result(
      { items: names },
      () => `${names.join('\n')}\n\nOne of them: bootcast template example NAME --to FOLDER`,
    )
  if (!names.includes(name))
    throw usageFailure(`There is no example “${name.slice(0, 40)}”.`, `There are ${names.join(', ')}.`)
  const folder = join(examplesFolder, name)
  if (to !== undefined) {
    await cp(folder, to, { recursive: true, errorOnExist: true, force: false }).catch((error: Error) => {
      throw new Failure(`${to} cannot be written.`, { code: 'file_unwritable', why: error.message })
    })
    return output.result({ written: to }, () =>
      output.sentence(`Wrote ${to}. Look at it, then: bootcast template set IMAGE ${to}`),
    )
  }
  const files = await Promise.all(
    (await readdir(folder))
      .sort()
      .map(async (file) => ({ name: file, text: await readFile(join(folder, file), 'utf8') })),
  )
  output.result({ files }, () => files.map((file) => `--- ${file.name}\n${file.text}`).join('\n'))
}

async function set(
  { output, connect }: Desk,
  [image = '', path = '']: readonly string[],
  options: TemplateOptions,
): Promise<void> {
  const { name, template: body } = await templateSource(path, options)
  const { client } = await connect()
  const template = await client.call('putTemplate', { params: { name: image, template: name }, body })
  output.result(template, () =>
    output.sentence(
      `Set the template ${name} of ${image} (${template.format}); it counts for boots from now on.`,
    ),
  )
  if (!template.isNamed)
    output.note(
      `No command line of the release that machines boot now has {{${name}}}: nobody fetches it. Publish with it, or choose another --name.`,
    )
  const missing = template.variables.filter((one) => one.required && one.default === undefined)
  if (missing.length > 0)
    output.note(
      `Machines need values for ${missing.map((one) => one.name).join(', ')}: bootcast image set-value ${image} NAME VALUE, or bootcast machine set-value MAC NAME VALUE.`,
    )
}

type PreviewOptions = { readonly mac: string; readonly name?: string; readonly reveal?: true }

async function preview({ output, connect }: Desk, [image = '']: readonly string[], options: PreviewOptions) {
  const mac = macSchema.safeParse(options.mac)
  if (!mac.success) throw usageFailure(`“${options.mac.slice(0, 40)}” is no hardware address.`)
  const { client } = await connect()
  const name = options.name ?? (await theOnly(client, image)).name
  const params = { name: image, template: name }
  const found =
    options.reveal === true
      ? await client.call('revealTemplate', { params, body: { mac: mac.data } })
      : await client.call('previewTemplate', { params, query: { mac: mac.data } })
  output.result(found, () => previewText(found))
  if (found.problems.length === 0) return
  throw new Failure(
    `${mac.data} would get none of this: ${found.problems.map(problemText).join('; ')}.`,
    {
      code: 'template_unusable',
      todo: 'Give the values, or mend the template; until then the machine waits.',
    },
    exitCodes.failed,
  )
}

type Problem = TemplatePreview['problems'][number]
const problemText = ({ where, line, message }: Problem) =>
  `${where}${line === undefined ? '' : ` line ${line}`}: ${message}`

const previewText = ({ files }: TemplatePreview): string =>
  files.length === 1
    ? (files[0]?.text ?? '').trimEnd()
    : files
        .map(({ name, text }) => `--- ${name}\n${text}`)
        .join('\n')
        .trimEnd()

type Client = Awaited<ReturnType<Desk['connect']>>['client']

async function theOnly(client: Client, image: string): Promise<Template> {
  const { items } = await client.call('listTemplates', { params: { name: image } })
  const [first, second] = items
  if (first !== undefined && second === undefined) return first
  throw usageFailure(
    first === undefined
      ? `${image} has no template.`
      : `${image} has the templates ${items.map(({ name }) => name).join(', ')}.`,
    first === undefined ? 'Set one: bootcast template set --help' : 'Say which.',
  )
}

async function list({ output, connect }: Desk, [image = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  const { items } = await client.call('listTemplates', { params: { name: image } })
  const columns: readonly Column<Template>[] = [
    { title: 'NAME', text: ({ name }) => name },
    { title: 'FORMAT', text: ({ format }) => format },
    { title: 'FILES', text: ({ files }) => files.map(({ name }) => name).join(', '), shrinksTo: 12 },
    { title: 'FETCHED', text: ({ isNamed }) => (isNamed ? 'yes' : 'no: not in the command line') },
    { title: 'CHANGED', text: ({ changedAt, changedBy }) => `${localTime(changedAt)} by ${changedBy}` },
  ]
  output.result({ items }, () =>
    items.length === 0
      ? output.sentence(`${image} has no template. Ready-made ones: bootcast template example`)
      : output.table(columns, items),
  )
}

async function show({ output, connect }: Desk, [image = '', name]: readonly string[]): Promise<void> {
  const { client } = await connect()
  const template =
    name === undefined
      ? await theOnly(client, image)
      : await client.call('showTemplate', { params: { name: image, template: name } })
  const { variables, files } = template
  output.result(template, () => {
    const head = output.facts([
      ['template', `${template.name} of ${template.image}`],
      ['format', template.format],
      ['may be fetched', template.fetches === 1 ? 'once' : `${template.fetches} times`],
      ['installs', template.installs ? 'yes: with “done” the machine starts from its disk' : 'no'],
      ['changed', `${localTime(template.changedAt)} by ${template.changedBy}`],
      ...variables.map((variable): Fact => [`{{${variable.name}}}`, variableText(variable)]),
    ])
    return [head, ...files.map((file) => `--- ${file.name}\n${file.text.trimEnd()}`)].join('\n\n')
  })
}

function variableText({
  description,
  kind,
  choices,
  default: usual,
  required,
  secret,
}: Template['variables'][number]) {
  const parts = [
    description,
    choices.length > 0 ? `one of ${choices.join(', ')}` : kind,
    secret ? 'secret' : '',
    required ? 'needs a value' : '',
    usual === undefined ? '' : `usually ${usual}`,
  ]
  return parts.filter((part) => part !== '').join('; ')
}

async function remove({ output, connect }: Desk, [image = '', name = '']: readonly string[]): Promise<void> {
  const { client } = await connect()
  await client.call('removeTemplate', { params: { name: image, template: name } })
  output.result({ removed: `${image} ${name}` }, () =>
    output.sentence(`Removed the template ${name} of ${image}.`),
  )
}
