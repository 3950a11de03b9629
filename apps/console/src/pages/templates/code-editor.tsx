import { type RefObject, useState } from 'react'
import type { Mark } from './template-draft.ts'

type Edited = {
  readonly value: string
  readonly onChange: (text: string) => void
  readonly marks: readonly Mark[]
  readonly label: string
  /** The id of what says in words what is wrong. */
  readonly describedBy: string
  readonly isReadOnly: boolean
  readonly area: RefObject<HTMLTextAreaElement | null>
}

/** As in console.css. */
export const linePixels = 20

/** A text with the numbers of its lines, and marks where something is wrong. Tab leaves it, as every other field. */
export function CodeEditor({ value, onChange, marks, label, describedBy, isReadOnly, area }: Edited) {
  const [scroll, setScroll] = useState({ top: 0, left: 0 })
  const lines = value.split('\n').length
  const wrong = new Set(marks.map(({ line }) => line))
  return (
    <div className="code" style={{ height: `clamp(14rem, ${lines * linePixels + 40}px, 55vh)` }}>
      <div className="code-gutter" aria-hidden="true">
        <div style={{ transform: `translateY(${-scroll.top}px)` }}>
          <pre>{Array.from({ length: lines }, (_, index) => index + 1).join('\n')}</pre>
          {[...wrong].map((line) => (
            <div key={line} className="code-wrong-line" style={{ top: topOf(line) }} />
          ))}
        </div>
      </div>
      <div className="code-body">
        <div className="code-marks" aria-hidden="true">
          <div style={{ transform: `translate(${-scroll.left}px, ${-scroll.top}px)` }}>
            {marks.map(({ line, before, text }) => (
              <pre key={`${line} ${before.length}`} style={{ top: topOf(line) }}>
                {before}
                <mark>{text}</mark>
              </pre>
            ))}
          </div>
        </div>
        <textarea
          ref={area}
          value={value}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
          onScroll={({ currentTarget }) =>
            setScroll({ top: currentTarget.scrollTop, left: currentTarget.scrollLeft })
          }
          readOnly={isReadOnly}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-label={label}
          aria-describedby={describedBy}
          aria-invalid={marks.length > 0}
        />
      </div>
    </div>
  )
}

const topOf = (line: number): string => `${(line - 1) * linePixels}px`
