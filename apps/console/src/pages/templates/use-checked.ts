import type { TemplateProblem } from '@bootcast/contract'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { useCall } from '../../calls.ts'
import { bodyOf, type Draft } from './template-draft.ts'

export type Checked = {
  /** Of a text of a moment ago; absent: nobody has looked yet. */
  readonly problems: readonly TemplateProblem[] | undefined
  readonly error: Error | null
}

/** Somebody who writes pauses this long. */
const pauseMs = 500

/** What the platform says of a text while it is written. */
export function useChecked(asked: {
  readonly image: string
  readonly name: string
  readonly draft: Draft
  readonly isWanted: boolean
}): Checked {
  const { image, name, draft, isWanted } = asked
  const [still] = useDebouncedValue(draft, pauseMs)
  const params = { name: image, template: name }
  const check = useCall('checkTemplate', { params, body: { template: bodyOf(still) } }, { enabled: isWanted })
  const [problems, setProblems] = useState<readonly TemplateProblem[]>()
  useEffect(() => {
    if (check.data !== undefined) setProblems(inOrder(check.data.problems))
  }, [check.data])
  return { problems, error: check.error }
}

/** As one reads: what has no line first. */
const inOrder = (problems: readonly TemplateProblem[]) =>
  problems.toSorted(
    (one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0),
  )
