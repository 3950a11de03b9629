/** Times of a day by the clock here, `22:00`; `from` later than `to`: over midnight. */
export type Schedule = { readonly from: string; readonly to: string }

/** Whether the moment lies in it; an absent schedule has no limits. */
export function isWithin(schedule: Schedule | undefined, moment: Date): boolean {
  if (schedule === undefined) return true
  const { from, to } = schedule
  const now = `${two(moment.getHours())}:${two(moment.getMinutes())}`
  return from <= to ? from <= now && now < to : now >= from || now < to
}

const two = (number: number): string => String(number).padStart(2, '0')
