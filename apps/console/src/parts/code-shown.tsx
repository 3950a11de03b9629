import { Group } from '@mantine/core'
import { CopyText } from './copy-text.tsx'

type Shown = {
  readonly text: string
  /** Names it, for who does not see it. */
  readonly what: string
}

/** A command or a file, to be copied as it is. Long lines scroll within it, also by keyboard. */
export function CodeShown({ text, what }: Shown) {
  return (
    <Group className="code-shown" wrap="nowrap" align="flex-start" gap={0}>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset belongs to a form. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <pre tabIndex={0} role="group" aria-label={what}>
        {text}
      </pre>
      <CopyText text={text} what={what} />
    </Group>
  )
}
