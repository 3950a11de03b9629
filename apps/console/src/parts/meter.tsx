/** A part of a whole; `share` from 0 to 1. */
export type Segment = { readonly share: number; readonly color: MeterColor }
export type MeterColor = 'blue' | 'teal' | 'orange' | 'red' | 'gray'

type Shown = {
  /** What it says, for who does not see it: with the number. */
  readonly label: string
  readonly segments: readonly Segment[]
  readonly height?: number
}

/** How much of a whole, as a bar: the same in light and dark, on any width. */
export function Meter({ label, segments, height = 8 }: Shown) {
  let at = 0
  return (
    <svg
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      height={height}
      className="meter"
      role="img"
      aria-label={label}
    >
      <rect className="meter-all" x="0" y="0" width="100" height="10" />
      {segments.map(({ share, color }, index) => {
        const x = at
        at = Math.min(100, at + Math.max(0, share) * 100)
        // biome-ignore lint/suspicious/noArrayIndexKey: they have no other name than their order.
        return <rect key={index} className={`meter-${color}`} x={x} y="0" width={at - x} height="10" />
      })}
    </svg>
  )
}
