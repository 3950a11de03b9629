import type { Explanation, ShownCode } from '@bootcast/contract'
import { bootCodeSchema, macSchema } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { localTime } from '../quantities.ts'
import type { Fact } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addBootScreenCommands(program: Command, world: World): void {
  const approveCommand = addCommand(program, {
    usage: 'approve <code>',
    summary: 'Let the machine that shows this sign-in code go on as you',
    examples: [
      'bootcast approve KQTF-RXMP',
      'bootcast approve KQTF-RXMP --image debian@stable',
      'bootcast approve KQTF-RXMP --show',
      'bootcast approve KQTF-RXMP --deny',
    ],
  })
    .option('--image <image>', 'boot this at once; without it the machine shows your images')
    .option('--show', 'only show which machine it is')
    .option('--deny', 'send the machine back to its menu')
  runs(approveCommand, world, approve)

  const explainCommand = addCommand(program, {
    usage: 'explain <mac>',
    summary: 'What a machine would get now, and why; changes nothing',
    examples: [
      'bootcast explain 52:54:00:12:34:56',
      'bootcast explain 52:54:00:12:34:56 --address 10.1.2.3',
      'bootcast explain 52:54:00:12:34:56 --user alice --image debian@stable',
    ],
  })
    .option('--address <address>', 'as if it asked from this address; without it: the last one that is known')
    .option('--user <name>', 'as if this user had signed in at its screen')
    .option('--image <image>', 'as if this had been picked there')
  runs(explainCommand, world, explain)

  const menuCommand = addCommand(program, {
    usage: 'menu',
    summary: 'What the menu of machines takes when nobody picks, and after how long',
    examples: [
      'bootcast menu',
      'bootcast menu --default code --seconds 60',
      'bootcast menu --default disk --seconds 10',
      'bootcast menu --seconds 0',
    ],
  })
    .option(
      '--default <choice>',
      'code, password, disk, wait (ask again), or an image that is open to the machine',
    )
    .option('--seconds <number>', '0: waits for ever')
  runs(menuCommand, world, menu)
}

type ApproveOptions = { readonly image?: string; readonly show?: true; readonly deny?: true }

async function approve(
  { output, connect }: Desk,
  [typed = '']: readonly string[],
  options: ApproveOptions,
): Promise<void> {
  const parsed = bootCodeSchema.safeParse(typed)
  if (!parsed.success)
    throw usageFailure(
      `“${typed.slice(0, 40)}” is not a sign-in code.`,
      'It stands on the screen of the machine: eight letters, like KQTF-RXMP.',
    )
  const params = { code: parsed.data }
  const { client } = await connect()
  const shown = await client.call('showCode', { params })
  if (options.show === true) return output.result(shown, () => output.facts(factsOf(shown)))
  if (options.deny === true) {
    await client.call('denyCode', { params })
    return output.result({ denied: shown.code, mac: shown.mac }, () =>
      output.sentence(`${machineText(shown)} was sent back to its menu.`),
    )
  }
  await client.call('approveCode', {
    params,
    body: { ...(options.image !== undefined && { image: options.image }) },
  })
  output.result({ approved: shown.code, mac: shown.mac, image: options.image }, () =>
    output.sentence(
      options.image === undefined
        ? `${machineText(shown)} goes on as you and shows your images.`
        : `${machineText(shown)} goes on as you and boots ${options.image}.`,
    ),
  )
}

const machineText = ({ mac, product, address }: ShownCode): string =>
  `The machine ${mac}${product === undefined ? '' : ` (${product})`} at ${address}`

function factsOf(shown: ShownCode): readonly Fact[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['code', shown.code],
    ['machine', shown.mac],
    ['product', [shown.manufacturer, shown.product].filter(Boolean).join(' ')],
    ['serial', shown.serial],
    ['site', shown.site],
    ['asks from', shown.address],
    ['good until', localTime(shown.expiresAt)],
    [
      'you may boot',
      shown.images
        .map(({ text, unfit }) => (unfit === undefined ? text : `${text}: no, ${unfit}`))
        .join('\n'),
    ],
  ]
  return facts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text] as const]))
}

type ExplainOptions = { readonly address?: string; readonly user?: string; readonly image?: string }

async function explain(
  { output, connect }: Desk,
  [text = '']: readonly string[],
  options: ExplainOptions,
): Promise<void> {
  const mac = macSchema.safeParse(text)
  if (!mac.success) throw usageFailure(`“${text.slice(0, 40)}” is not ${mac.error.issues[0]?.message}.`)
  const { address, user, image } = options
  const { client } = await connect()
  const explanation = await client.call('explain', { query: { mac: mac.data, address, user, image } })
  output.result(explanation, () => explained(output, explanation))
}

const doings: Readonly<Record<Explanation['does'], string>> = {
  boot: 'boots',
  'local-disk': 'starts from its disk',
  menu: 'shows the menu',
  'sign-in': 'asks for a sign-in',
  wait: 'waits',
  refuse: 'is refused',
}

function explained(
  output: Desk['output'],
  { mac, does, release, because, rules, openings }: Explanation,
): string {
  const what = release === undefined ? doings[does] : `${doings[does]} ${release}`
  const closed = openings.filter(({ counts }) => !counts)
  const facts: Fact[] = [
    ['machine', mac],
    ['now', `${what}: ${because}`],
    ...rules.map(
      (one, index): Fact => [
        `${index + 1}. ${one.rule}`,
        one.decided ? `decides: ${one.because}` : one.because,
      ],
    ),
    ...openings
      .filter(({ counts }) => counts)
      .map(
        (one): Fact => ['open to it', `${one.image}${one.boot ? ', boots' : ', in the menu'} (${one.id})`],
      ),
    ...closed.map((one): Fact => ['was open to it', `${one.image}: ${one.because ?? ''} (${one.id})`]),
  ]
  return output.facts(facts)
}

async function menu(
  { output, connect }: Desk,
  _args: readonly string[],
  options: { readonly default?: string; readonly seconds?: string },
): Promise<void> {
  const { seconds: text } = options
  if (text !== undefined && !/^\d{1,5}$/.test(text))
    throw usageFailure(`“${text.slice(0, 40)}” is not a number of seconds.`)
  const body = {
    ...(options.default !== undefined && { menuDefault: options.default }),
    ...(text !== undefined && { menuSeconds: Number(text) }),
  }
  const { client } = await connect()
  const settings =
    Object.keys(body).length === 0
      ? await client.call('showSettings', {})
      : await client.call('changeSettings', { body })
  const { menuDefault, menuSeconds } = settings
  output.result({ menuDefault, menuSeconds }, () =>
    output.sentence(
      menuSeconds === 0
        ? `The menu waits until somebody picks; the cursor stands on ${menuDefault}.`
        : `When nobody picks for ${menuSeconds} s, the menu takes ${menuDefault}.`,
    ),
  )
}
