import type { Client, Site, WarmOrder } from '@bootcast/contract'
import type { Command } from 'commander'
import { exitCodes, Failure } from '../failure.ts'
import { Progress } from '../progress.ts'
import { localTime, sizeText } from '../quantities.ts'
import { siteNameOf } from '../site-name.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

/** A site says every few seconds how far it is. */
const lookAgainMilliseconds = 1_000

export function addSiteWarmCommand(site: Command, world: World): void {
  const command = addCommand(site, {
    usage: 'warm <name> <image>',
    summary: 'A site fetches a release before anybody asks; shows how far it is until it is there',
    examples: [
      'bootcast site warm grenoble debian@stable',
      'bootcast site warm grenoble debian@12 --detach',
      'bootcast site warm grenoble debian@stable --cancel',
    ],
  })
    .option('--detach', 'only order it; “bootcast site show” says how far it is')
    .option('--cancel', 'take the order back')
  runs<WarmOptions>(command, world, warm)
}

type WarmOptions = { readonly detach?: true; readonly cancel?: true }

async function warm(desk: Desk, [text, reference = '']: readonly string[], options: WarmOptions) {
  const name = siteNameOf(text)
  const { client } = await desk.connect()
  if (options.cancel === true) return await cancel(desk, client, name, reference)
  const { output } = desk
  const order = await client.call('warmSite', { params: { name }, body: { reference } })
  if (options.detach === true)
    return output.result(order, () =>
      output.sentence(`${name} will fetch ${order.release}. How far it is: bootcast site show ${name}`),
    )
  const done = await followed(desk, client, name, order)
  output.result(done, () =>
    output.sentence(
      `${name} has ${done.release} (${sizeText(done.totalBytes)}): machines there need no line for it.`,
    ),
  )
}

async function cancel({ output }: Desk, client: Client, name: string, reference: string): Promise<void> {
  const { warm } = await client.call('showSite', { params: { name } })
  const order = warm.findLast(
    (one) =>
      [one.id, one.reference, one.release].includes(reference) &&
      one.state !== 'cancelled' &&
      one.state !== 'done',
  )
  if (order === undefined)
    throw new Failure(`${name} has no order of ${reference} that is not done.`, {
      code: 'warm_order_not_found',
      todo: `See: bootcast site show ${name}`,
    })
  await client.call('cancelWarm', { params: { name, id: order.id } })
  output.result({ removed: order.id }, () =>
    output.sentence(
      `${name} does not fetch ${order.release} any more. What it has of it goes when room is needed.`,
    ),
  )
}

/** Until it is done. @throws {Failure} when it will not be, or when the user interrupts: then the order stays */
async function followed({ world, output }: Desk, client: Client, name: string, order: WarmOrder) {
  const said = new Set<string>()
  const line = new OrderLine(world, `${name} ${order.release}`)
  try {
    for (;;) {
      const site = await client.call('showSite', { params: { name } })
      const now = site.warm.find(({ id }) => id === order.id)
      if (now?.state === 'done') return now
      if (
        now === undefined ||
        site.state === 'revoked' ||
        now.state === 'failed' ||
        now.state === 'cancelled'
      )
        throw notFetched(site, order, now)
      const why = whyNotYet(site, now)
      if (why !== undefined && !said.has(why)) {
        line.clear()
        output.note(why)
        said.add(why)
      }
      line.at(now)
      await world.wait(lookAgainMilliseconds)
    }
  } catch (error) {
    throw world.signal.aborted ? interrupted(name, order) : error
  } finally {
    line.clear()
  }
}

/** How far an order is, as soon as it is known how much there is to fetch. */
class OrderLine {
  readonly #world: World
  readonly #name: string
  #progress: Progress | undefined
  #total = 0

  constructor(world: World, name: string) {
    this.#world = world
    this.#name = name
  }

  at({ doneBytes, totalBytes }: WarmOrder): void {
    if (totalBytes === 0) return
    if (totalBytes !== this.#total)
      this.#progress = new Progress(this.#world, 'fetch', this.#name, totalBytes)
    this.#total = totalBytes
    this.#progress?.at(doneBytes)
  }

  clear(): void {
    this.#progress?.clear()
  }
}

function whyNotYet({ name, state, lastContactAt, settings }: Site, order: WarmOrder): string | undefined {
  if (state === 'waiting to join') return `${name} has not joined yet; it begins when it has.`
  if (state === 'away') {
    const since = lastContactAt === undefined ? '' : ` since ${localTime(lastContactAt)}`
    return `${name} is away${since}; it goes on when it is back.`
  }
  if (order.state !== 'waiting') return undefined
  const { schedule } = settings
  const hours = schedule === undefined ? '' : `, and for its hours: ${schedule.from} to ${schedule.to} there`
  return `${name} waits for its turn${hours}. Ctrl-C leaves the order as it is.`
}

function notFetched({ name, state }: Site, { release }: WarmOrder, now: WarmOrder | undefined): Failure {
  const why =
    state === 'revoked'
      ? 'The site was revoked.'
      : now === undefined
        ? 'The order is gone: it was given anew, or there were too many.'
        : now.state === 'cancelled'
          ? 'The order was taken back.'
          : now.error
  return new Failure(`${name} has not fetched ${release}.`, {
    code: 'warm_failed',
    ...(why !== undefined && { why }),
    todo: `See: bootcast site show ${name}`,
  })
}

function interrupted(name: string, { reference, release }: WarmOrder): Failure {
  return new Failure(
    `Interrupted. The order stays: ${name} goes on with ${release}.`,
    {
      code: 'interrupted',
      todo: `How far it is: bootcast site show ${name}. To take it back: bootcast site warm ${name} ${reference} --cancel`,
    },
    exitCodes.interrupted,
  )
}
