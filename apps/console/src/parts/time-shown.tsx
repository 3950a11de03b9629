import { Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'
import { commonTexts as texts } from '../texts/common.ts'
import { exactTime, relativeTime, shortTime } from '../times.ts'

type Shown = {
  /** ISO 8601; absent: never. */
  readonly at: string | undefined
  /** `ago`: how long ago; `clock`: when. */
  readonly as?: 'ago' | 'clock'
}

/** A moment in the zone of who looks; on hover and focus to the second, with the zone. */
export function TimeShown({ at, as = 'ago' }: Shown) {
  const now = useNow()
  if (at === undefined) return <span>{texts.never}</span>
  const date = new Date(at)
  const text = as === 'ago' ? relativeTime(date, now) : shortTime(date, now)
  return (
    <Tooltip label={exactTime(date)} events={{ hover: true, focus: true, touch: true }} openDelay={300}>
      <time dateTime={at} className="numbers">
        {text}
      </time>
    </Tooltip>
  )
}

/** Becomes another every so often, milliseconds. */
export function useNow(every = 10_000): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every)
    return () => clearInterval(timer)
  }, [every])
  return now
}
