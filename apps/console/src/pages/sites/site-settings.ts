import { type SiteChange, type SiteSettings, siteChangeSchema } from '@bootcast/contract'
import { bytesIn, exactBytes, exactSpan, rateIn, secondsIn, spanText } from '../../quantities.ts'
import { siteTexts as texts } from '../../texts/sites.ts'

export type FieldName = keyof typeof texts.fields
type Setting = SiteChange[FieldName]

type Field = {
  /** As it stands in its input. */
  readonly shown: (settings: SiteSettings) => string
  /** `undefined`: it cannot be read. */
  readonly read: (text: string) => Setting
}

const exactRate = (count: number) => `${exactBytes(count)}/s`
const limited =
  (name: Exclude<FieldName, 'schedule'>, say: (count: number) => string): Field['shown'] =>
  (settings) => {
    const value = settings[name]
    return value === undefined ? '' : say(value)
  }

/** What is decided about a site as a text that people write. */
const fields: Readonly<Record<FieldName, Field>> = {
  quotaBytes: { shown: limited('quotaBytes', exactBytes), read: bytesIn },
  wanBytesPerSecond: { shown: limited('wanBytesPerSecond', exactRate), read: rateIn },
  clientBytesPerSecond: { shown: limited('clientBytesPerSecond', exactRate), read: rateIn },
  totalBytesPerSecond: { shown: limited('totalBytesPerSecond', exactRate), read: rateIn },
  mostBoots: {
    shown: limited('mostBoots', String),
    read: (text) => (/^\d{1,7}$/.test(text) ? Number(text) : undefined),
  },
  schedule: {
    shown: ({ schedule }) => (schedule === undefined ? '' : `${schedule.from}-${schedule.to}`),
    read: (text) => {
      const [, from, to] = /^(\d\d:\d\d) ?[-–] ?(\d\d:\d\d)$/.exec(text) ?? []
      return from === undefined || to === undefined ? undefined : { from, to }
    },
  },
  lifeSeconds: { shown: limited('lifeSeconds', exactSpan), read: secondsIn },
  graceSeconds: {
    shown: limited('graceSeconds', (seconds) => (seconds === 0 ? '0' : exactSpan(seconds))),
    read: (text) => (text === '0' ? 0 : secondsIn(text)),
  },
}

export const groups = {
  cache: ['quotaBytes'],
  limits: ['wanBytesPerSecond', 'mostBoots', 'clientBytesPerSecond', 'totalBytesPerSecond'],
  schedule: ['schedule'],
  alone: ['lifeSeconds', 'graceSeconds'],
} as const satisfies Record<string, readonly FieldName[]>
export type GroupName = keyof typeof groups

export type Written = Readonly<Partial<Record<FieldName, string>>>

/** What stands in the inputs of a group. */
export const writtenOf = (group: GroupName, settings: SiteSettings): Written =>
  Object.fromEntries(groups[group].map((name) => [name, fields[name].shown(settings)]))

/** What is to be changed, or which inputs cannot be read. Empty takes a setting back. */
export function changeIn(written: Written): {
  readonly change: SiteChange
  readonly wrong: readonly FieldName[]
} {
  const read = Object.entries(written).map(([key, text]) => {
    const name = key as FieldName
    const value = text.trim() === '' ? null : fields[name].read(text.trim())
    return [
      name,
      value !== undefined && siteChangeSchema.shape[name].safeParse(value).success ? value : undefined,
    ] as const
  })
  return {
    change: Object.fromEntries(read) as SiteChange,
    wrong: read.flatMap(([name, value]) => (value === undefined ? [name] : [])),
  }
}

/** A group in words. */
export const words: Readonly<Record<GroupName, (settings: SiteSettings) => string>> = {
  cache: ({ quotaBytes }) => texts.quotaWords(quotaBytes === undefined ? undefined : exactBytes(quotaBytes)),
  limits: ({ wanBytesPerSecond, mostBoots, clientBytesPerSecond, totalBytesPerSecond }) => {
    const { wan, boots, client, total } = texts.limitWords
    const said = [
      wanBytesPerSecond && wan(exactRate(wanBytesPerSecond)),
      clientBytesPerSecond && client(exactRate(clientBytesPerSecond)),
      totalBytesPerSecond && total(exactRate(totalBytesPerSecond)),
      mostBoots && boots(mostBoots),
    ]
    return said.filter(Boolean).join(', ') || texts.noLimits
  },
  schedule: ({ schedule }) => texts.scheduleWords(schedule && `${schedule.from} to ${schedule.to}`),
  alone: ({ lifeSeconds, graceSeconds }) =>
    texts.aloneWords(spanText(lifeSeconds), graceSeconds === 0 ? '' : spanText(graceSeconds)),
}
