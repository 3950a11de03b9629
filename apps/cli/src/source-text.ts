import type { Source, SourceDetail } from '@bootcast/contract'
import type { Output } from './output.ts'
import { agoText, countText, localTime } from './quantities.ts'
import type { Column, Fact } from './text-table.ts'

/** In a few words. */
export function sourceStateText({ progress, problem, refused }: Source): string {
  if (progress !== undefined) return progressText(progress)
  if (problem !== undefined) return `failing: ${problem}`
  return refused === 0 ? 'well' : `${refused} refused`
}

function progressText({ item, stage, itemsDone, items }: NonNullable<Source['progress']>): string {
  if (items === undefined) return 'asks what there is'
  return items === 0 ? 'done' : `${stage ?? 'takes'} ${item ?? ''} (${itemsDone + 1} of ${items})`
}

/** All that is known of a source. */
export function sourceText(output: Output, source: SourceDetail, now: number): string {
  const { items } = source
  const facts: Fact[] = [
    ['source', `${source.name}, ${source.kind}`],
    ['url', source.url],
    ['asks as', asText(source)],
    ['takes', takesText(source)],
    ['channel here', source.channel ?? 'none'],
    ['users sign in', source.signIn ? `yes, as members of source:${source.name}` : 'no'],
    ['looked at', everyText(source.everySeconds)],
    ['last sync', agoText(source.lastSyncAt, now)],
    ['next sync', source.nextSyncAt === undefined ? 'now' : localTime(source.nextSyncAt)],
    ['state', sourceStateText(source)],
  ]
  if (items.length === 0) return output.facts(facts)
  const columns: readonly Column<(typeof items)[number]>[] = [
    { title: 'THERE', text: ({ title }) => title, shrinksTo: 12 },
    { title: 'HERE', text: ({ image, number }) => (number === undefined ? '-' : `${image}@${number}`) },
    { title: 'SINCE', text: ({ at }) => agoText(at, now) },
    { title: 'PROBLEM', text: ({ problem }) => problem ?? '-', shrinksTo: 12 },
  ]
  return `${output.facts(facts)}\n\n${output.table(columns, items)}`
}

/** In the largest unit that it is a whole number of. */
function everyText(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  const [unit, length] = units.find(([, each]) => seconds % each === 0) ?? ['second', 1]
  return `every ${countText(seconds / length, unit)}`
}

function asText({ kind, user, apiKey, hasSecret }: SourceDetail): string {
  const by = apiKey === undefined ? 'a password' : `the key ${apiKey}`
  const secret = hasSecret ? '' : ' (cannot be read: add the source again)'
  if (kind === 'bootcast') return `a token${secret}`
  return user === undefined ? 'nobody' : `${user}, by ${by}${secret}`
}

function takesText({ kind, only, follow, prefix, image }: SourceDetail): string {
  const what = only.length === 0 ? 'everything' : only.join(', ')
  const names = image ?? (prefix === undefined ? undefined : `${prefix}…`)
  return [
    what,
    ...(kind === 'bootcast' ? [`where ${follow} points`] : []),
    ...(names === undefined ? [] : [`as ${names}`]),
  ].join(', ')
}
