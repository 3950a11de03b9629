import type { Template } from '@bootcast/contract'
import { useState } from 'react'
import { type Draft, draftOf, emptyDraft, isSame } from './template-draft.ts'

/** A text that somebody writes, what it was when they began, and whether somebody else has saved another meanwhile. */
export function useDraft(kept: Template | undefined, start: Draft = emptyDraft('text')) {
  const [base, setBase] = useState(kept)
  const [draft, setDraft] = useState(() => (kept === undefined ? start : draftOf(kept)))
  const isDirty = base === undefined || !isSame(draft, draftOf(base))
  // What came of an own saving may be newer than what was asked for before it.
  const isOther = kept !== undefined && kept.changedAt > (base?.changedAt ?? '')
  const take = (template: Template) => {
    setBase(template)
    setDraft(draftOf(template))
  }
  // Nothing is written yet: what others saved is simply shown.
  if (isOther && !isDirty) take(kept)
  return {
    draft,
    change: (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part })),
    isDirty,
    /** Somebody else has saved it since. */
    theirs: isOther && isDirty ? kept : undefined,
    take,
    discard: () => setDraft(base === undefined ? start : draftOf(base)),
  }
}
