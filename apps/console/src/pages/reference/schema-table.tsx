import { Code, Text } from '@mantine/core'
import { referenceTexts as texts } from '../../texts/reference.ts'
import type { SchemaRow, Unfolded } from './schema-rows.ts'

/** A schema as lines, indented by how deep they lie. Not a table: on a phone each line breaks where it must. */
export function SchemaTable({
  label,
  unfolded: { rows, isCut },
}: {
  readonly label: string
  readonly unfolded: Unfolded
}) {
  return (
    <>
      <ul className="schema" aria-label={label}>
        {rows.map((row, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the lines of a schema never change their order.
          <SchemaLine key={at} row={row} />
        ))}
      </ul>
      {isCut && (
        <Text size="sm" c="dimmed">
          {texts.cut}
        </Text>
      )}
    </>
  )
}

function SchemaLine({ row: { depth, name, type, isRequired, about } }: { readonly row: SchemaRow }) {
  return (
    <li className={`schema-line schema-depth-${Math.min(depth, 6)}`}>
      {name !== '' && (
        <Text span size="sm" ff="monospace" fw={600}>
          {name}
        </Text>
      )}{' '}
      <Code className="schema-type">{type}</Code>{' '}
      {name !== '' && (
        <Text span size="xs" c="dimmed">
          {isRequired ? texts.required : texts.optional}
        </Text>
      )}{' '}
      {about !== '' && (
        <Text span size="sm">
          {about}
        </Text>
      )}
    </li>
  )
}
