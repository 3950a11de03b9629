import { Tooltip } from '@mantine/core'

type Shown = {
  readonly children: string
  /** Cut to one line; the whole stands on hover. */
  readonly short?: true
}

/** More than this is cut even where the whole is shown: a name is no book. */
const mostCharacters = 500

/** A name that somebody or some machine chose: its own direction, broken where it must be, never wider than its place. */
export function NameShown({ children, short }: Shown) {
  const text = visible(children)
  if (short === undefined) return <bdi className="name">{cut(text, mostCharacters)}</bdi>
  if (text.length <= 24) return <bdi className="name-short">{text}</bdi>
  return (
    <Tooltip
      label={<bdi className="name">{cut(text, mostCharacters)}</bdi>}
      multiline
      maw={400}
      openDelay={300}
    >
      <bdi className="name-short">{cut(text, mostCharacters)}</bdi>
    </Tooltip>
  )
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${[...text.slice(0, most)].join('')}…`

/** What turns the direction of what follows, and what nobody sees, as a sign that can be seen. */
const visible = (text: string): string =>
  text.replace(/[\p{Cc}\p{Bidi_Control}\u200b\u2028\u2029\ufeff]/gu, '\u{fffd}')
