import { type BootDetail, eventText, type TimelineEvent } from '@bootcast/contract'
import { Text, Title, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { NameShown } from '../../parts/name-shown.tsx'
import { bytes } from '../../sizes.ts'
import { bootTexts as texts } from '../../texts/boots.ts'
import { duration, exactTime } from '../../times.ts'

/** All that happened, in the words that `bootcast boot show` has for it. */
export function BootTimeline({ boot: { timeline, beganAt, dropped } }: { readonly boot: BootDetail }) {
  return (
    <section aria-labelledby="timeline">
      <Title order={2} size="h4" mb="xs" id="timeline">
        {texts.timeline}
      </Title>
      {timeline.length === 0 && <Text c="dimmed">{texts.noEvents}</Text>}
      <ol className="boot-timeline">
        {timeline.map((event) => (
          <Line key={event.n} event={event} beganAt={beganAt} />
        ))}
      </ol>
      {dropped !== undefined && (
        <Text size="sm" mt="xs">
          {texts.dropped(dropped)}
        </Text>
      )}
    </section>
  )
}

function Line({ event, beganAt }: { readonly event: TimelineEvent; readonly beganAt: string }) {
  const { label, text, isBad } = eventText(event, bytes)
  const again = againText(event, beganAt)
  return (
    <li>
      <time dateTime={event.at} title={exactTime(new Date(event.at))} className="numbers">
        {sinceText(beganAt, event.at)}
      </time>
      <Text span fw={600} size="sm">
        <NameShown>{label}</NameShown>
      </Text>
      <Text span size="sm" className="event-text" {...(isBad === true && { fw: 600 })}>
        {isBad === true && (
          <>
            <IconAlertTriangle
              size={16}
              color="var(--mantine-color-red-6)"
              className="bad-sign"
              aria-hidden
            />{' '}
            <VisuallyHidden>{texts.wrong} </VisuallyHidden>
          </>
        )}
        <NameShown>{text}</NameShown>
        {again && ` (${again})`}
      </Text>
    </li>
  )
}

/** What a file repeats stands in its own words. */
function againText({ kind, times, until, at }: TimelineEvent, beganAt: string): string | undefined {
  if (times === undefined || kind === 'file') return undefined
  if (until === undefined || until === at) return texts.times(times)
  return texts.timesUntil(times, sinceText(beganAt, until))
}

const sinceText = (beganAt: string, at: string): string =>
  duration(Math.max(0, Date.parse(at) - Date.parse(beganAt)))
