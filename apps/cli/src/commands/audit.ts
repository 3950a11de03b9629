import type { AuditEntry } from '@bootcast/contract'
import type { Command } from 'commander'
import { usageFailure } from '../failure.ts'
import { localTime, secondsIn } from '../quantities.ts'
import type { Column } from '../text-table.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

type Options = { readonly since?: string; readonly who?: string; readonly limit: string }

export function addAuditCommand(program: Command, world: World): void {
  const command = addCommand(program, {
    usage: 'audit',
    summary: 'Who did what, and what was refused; the newest last',
    examples: [
      'bootcast audit',
      'bootcast audit --since 1d --who ann',
      "bootcast audit --since 7d --json | jq '.items[] | select(.refused)'",
    ],
  })
    .option('--since <time>', 'what happened in this time: 30m, 4h, 7d')
    .option('--who <user>', 'what this user did')
    .option('--limit <count>', 'at most so many entries, the newest', '1000')
  runs<Options>(command, world, audit)
}

async function audit({ world, output, connect }: Desk, _args: readonly string[], options: Options) {
  const most = Number(options.limit)
  if (!/^[1-9][0-9]{0,5}$/.test(options.limit))
    throw usageFailure(`“${options.limit}” is no number of entries.`)
  const seconds = options.since === undefined ? undefined : secondsIn(options.since)
  if (options.since !== undefined && seconds === undefined)
    throw usageFailure(`“${options.since}” is no time.`, 'Write it like 30m, 4h or 7d.')
  const { client } = await connect()
  const query = {
    ...(seconds !== undefined && { since: new Date(world.now() - seconds * 1000).toISOString() }),
    ...(options.who !== undefined && { who: options.who.normalize('NFC') }),
  }
  const items: AuditEntry[] = []
  for (let after: string | undefined; items.length < most; ) {
    const limit = Math.min(500, most - items.length)
    const page = await client.call('listAudit', { query: { ...query, limit, after } })
    items.push(...page.items)
    if (page.next === undefined || page.items.length === 0) break
    after = page.next
  }
  items.reverse()
  output.result({ items }, () =>
    items.length === 0 ? 'Nothing is written there for that.' : output.table(columns, items),
  )
}

const columns: readonly Column<AuditEntry>[] = [
  { title: 'TIME', text: ({ at }) => localTime(at) },
  { title: 'WHO', text: ({ who }) => who, shrinksTo: 8 },
  { title: 'DID', text: ({ action, refused }) => (refused ? `${action} REFUSED` : action), shrinksTo: 10 },
  { title: 'TO', text: ({ about }) => about, shrinksTo: 12 },
  { title: 'BECAUSE', text: ({ because }) => because ?? '-', shrinksTo: 8 },
  { title: 'FROM', text: ({ from }) => from ?? '-', shrinksTo: 9 },
]
