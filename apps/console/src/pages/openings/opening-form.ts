import { type NewOpening, type OpeningCriteria, openingCriteriaSchema } from '@bootcast/contract'
import { openTexts } from '../../texts/openings.ts'

const { errors: texts } = openTexts

export type Kind = keyof OpeningCriteria | 'everybody'

/** One condition, as it is being written. */
export type Demand = { readonly id: number; readonly kind: Kind; readonly value: string }

export const lasts = ['1h', '4h', '1d', '7d', 'at', 'closed'] as const
export type Lasts = (typeof lasts)[number]

const hour = 3_600_000
const lastsMs: Readonly<Partial<Record<Lasts, number>>> = {
  '1h': hour,
  '4h': 4 * hour,
  '1d': 24 * hour,
  '7d': 7 * 24 * hour,
}

export type OpeningForm = {
  readonly image: string
  readonly demands: readonly Demand[]
  readonly how: 'boot' | 'menu'
  readonly lasts: Lasts
  /** As the browser writes it, in the zone of who types: `2026-12-01T08:00`. */
  readonly untilAt: string
  /** The same; empty: now. */
  readonly fromAt: string
  /** Empty: any number. */
  readonly times: number | string
}

/** What is wrong, where; of a condition by its id. */
export type FormErrors = {
  readonly image?: string
  readonly demands: ReadonlyMap<number, string>
  readonly untilAt?: string
  readonly fromAt?: string
  readonly times?: string
}

export type ReadForm =
  | { readonly opening: NewOpening }
  | { readonly opening?: undefined; readonly errors: FormErrors }

/** What is asked of the platform, or what must be mended before. Preset times count from `now`, or from the beginning. */
export function readForm(form: OpeningForm, now: Date): ReadForm {
  const { criteria, errors: demands } = readDemands(form.demands)
  const from = form.fromAt === '' ? undefined : new Date(form.fromAt)
  const until = untilOf(form, from ?? now)
  const errors: FormErrors = {
    demands,
    ...(form.image === '' && { image: texts.image }),
    ...(from !== undefined && Number.isNaN(from.getTime()) && { fromAt: texts.from }),
    ...wrongEnd(until, from ?? now, now),
    ...(isCount(form.times) ? {} : { times: texts.times }),
  }
  const isWrong = demands.size > 0 || Object.keys(errors).length > 1
  if (isWrong || criteria === undefined) return { errors }
  return {
    opening: {
      image: form.image,
      machines: criteria,
      boot: form.how === 'boot',
      ...(from !== undefined && { from: from.toISOString() }),
      ...(until !== undefined && { until: until.toISOString() }),
      ...(form.times !== '' && { times: Number(form.times) }),
    },
  }
}

/** The conditions together; absent while one of them is not whole. */
export function readDemands(demands: readonly Demand[]): {
  readonly criteria: OpeningCriteria | undefined
  readonly errors: ReadonlyMap<number, string>
} {
  const errors = new Map<number, string>()
  const criteria: Partial<Record<keyof OpeningCriteria, string>> = {}
  for (const { id, kind, value } of demands) {
    if (kind === 'everybody') continue
    const text = value.trim()
    const wrong = Object.hasOwn(criteria, kind) ? texts.twice : wrongWith(kind, text)
    if (wrong === undefined) criteria[kind] = text
    else errors.set(id, wrong)
  }
  if (errors.size > 0 || demands.length === 0) return { criteria: undefined, errors }
  const read = openingCriteriaSchema.safeParse(criteria)
  return { criteria: read.data, errors }
}

function wrongWith(kind: keyof OpeningCriteria, text: string): string | undefined {
  if (text === '') return texts.empty
  return openingCriteriaSchema.shape[kind].safeParse(text).success ? undefined : texts[kind]
}

function untilOf({ lasts: chosen, untilAt }: OpeningForm, begin: Date): Date | undefined {
  if (chosen === 'closed') return undefined
  if (chosen === 'at') return new Date(untilAt)
  return new Date(begin.getTime() + (lastsMs[chosen] ?? 0))
}

function wrongEnd(until: Date | undefined, from: Date, now: Date): Pick<FormErrors, 'untilAt'> {
  if (until === undefined || Number.isNaN(from.getTime())) return {}
  if (!(until > now)) return { untilAt: texts.until }
  return until > from ? {} : { untilAt: texts.untilFrom }
}

const isCount = (times: number | string): boolean =>
  times === '' || (Number.isInteger(Number(times)) && Number(times) >= 1 && Number(times) <= 1_000_000)
