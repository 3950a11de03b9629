import type { BootDetail } from '@bootcast/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { asOfNow, nothingHeard, withHeard } from './heard-events.ts'
import { useBootNews } from './use-boots.ts'

/** What makes the answer about a boot one of now, while the part is shown. */
export function useHeardOfBoot(id: string): (detail: BootDetail) => BootDetail {
  const queries = useQueryClient()
  const [heard, setHeard] = useState(nothingHeard)
  useBootNews({
    onReset: () => {
      setHeard(nothingHeard)
      void queries.invalidateQueries({ queryKey: ['showBoot'] })
    },
    onNews: (news) => {
      if (news.boot.id === id) setHeard((known) => withHeard(known, news))
    },
  })
  return (detail) => asOfNow(detail, heard)
}
