import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import { type ComponentPropsWithRef, forwardRef } from 'react'

type Plain = AnchorProps & Omit<ComponentPropsWithRef<'a'>, keyof AnchorProps>

const PlainAnchor = forwardRef<HTMLAnchorElement, Plain>((props, ref) => (
  <Anchor ref={ref} inherit {...props} />
))

/** A link within the console that looks as links do; where it goes is checked against the pages there are. */
export const AnchorLink = createLink(PlainAnchor)
