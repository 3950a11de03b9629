import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import type { Ref } from 'react'

type Props = Omit<AnchorProps, 'href'> & { readonly ref?: Ref<HTMLAnchorElement> }

/** A link to a page of the console; where it leads is checked by the compiler. */
export const PageLink = createLink((props: Props) => <Anchor {...props} />)
