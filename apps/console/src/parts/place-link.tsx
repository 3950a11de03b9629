import { Anchor, type AnchorProps } from '@mantine/core'
import { useRouter } from '@tanstack/react-router'
import type { MouseEvent, ReactNode } from 'react'

type Linked = AnchorProps & { readonly to: string; readonly children: ReactNode }

/** A link to a page of the console by its address as it is spelled; `PageLink` leaves the colons of a hardware address. */
export function PlaceLink({ to, children, ...rest }: Linked) {
  const router = useRouter()
  const go = (event: MouseEvent) => {
    const isForBrowser =
      event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0
    if (isForBrowser) return
    event.preventDefault()
    router.history.push(to)
  }
  return (
    <Anchor {...rest} href={to} onClick={go}>
      {children}
    </Anchor>
  )
}
