import { useId } from 'react'
import { busiest, type HourBar, heightOf, hourText } from './day.ts'

type Chart = {
  readonly title: string
  /** All of it in a sentence, for who does not see it. */
  readonly text: string
  readonly bars: readonly HourBar[]
  /** Of each part from below, as in boots.css. */
  readonly tones: readonly Tone[]
  /** Said when one points to it. */
  readonly tell: (bar: HourBar) => string
}
export type Tone = 'plain' | 'bad' | 'site'

const width = 240
const height = 56

/** A bar for each hour of the day. No library: a picture of rectangles. */
export function HourChart({ title, text, bars, tones, tell }: Chart) {
  const id = useId()
  const top = busiest(bars)
  const most = top === undefined ? 1 : heightOf(top)
  const step = width / Math.max(1, bars.length)
  return (
    <svg
      viewBox={`0 0 ${width} ${height + 14}`}
      className="chart"
      role="img"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
    >
      <title id={`${id}-title`}>{title}</title>
      <desc id={`${id}-text`}>{text}</desc>
      <line x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} className="axis" />
      {bars.map((bar, n) => (
        <g key={bar.at.getTime()}>
          <title>{tell(bar)}</title>
          <rect x={n * step} y={0} width={step} height={height} className="hit" />
          {stacked(bar, most).map(({ from, size }, part) => (
            <rect
              key={tones[part] ?? 'plain'}
              x={n * step + 1}
              width={step - 2}
              y={height - from - size}
              height={size}
              className={`tone-${tones[part] ?? 'plain'}`}
            />
          ))}
        </g>
      ))}
      {bars.map(({ at }, n) =>
        n % 6 === 0 ? (
          <text key={at.getTime()} x={n * step + 1} y={height + 12} className="tick">
            {hourText(at, 'en-GB').slice(0, 5)}
          </text>
        ) : undefined,
      )}
    </svg>
  )
}

/** What is there is seen, however little it is. */
function stacked({ parts }: HourBar, most: number) {
  let from = 0
  return parts.map((value) => {
    const size = value === 0 ? 0 : Math.max(1.5, (value / most) * (height - 3))
    const one = { from, size }
    from += size
    return one
  })
}

/** A share of a whole as one bar. */
export function ShareBar({ title, share, tone }: { title: string; share: number; tone: Tone }) {
  const id = useId()
  return (
    <svg viewBox="0 0 100 6" preserveAspectRatio="none" className="share" role="img" aria-labelledby={id}>
      <title id={id}>{title}</title>
      <rect x={0} y={0} width={100} height={6} className="rest" />
      <rect x={0} y={0} width={100 * Math.min(1, Math.max(0, share))} height={6} className={`tone-${tone}`} />
    </svg>
  )
}
