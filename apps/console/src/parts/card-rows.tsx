import { Group, Paper, Stack, Table } from '@mantine/core'
import type { ReactNode } from 'react'

export type Column<T> = {
  readonly key: string
  readonly title: string
  readonly cell: (row: T) => ReactNode
  /** Of the table, where there is one: the cell takes no more than it needs. */
  readonly isNarrow?: true
  /** A card leaves it out then. */
  readonly isEmpty?: (row: T) => boolean
}

type Rows<T> = {
  readonly label: string
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string
  /** The first one names the row. */
  readonly columns: readonly Column<T>[]
  /** Buttons of a row. */
  readonly actions?: (row: T) => ReactNode
  readonly actionsTitle?: string
}

/** A table; on a phone each row is a card, so that the page is never wider than its screen. */
export function CardRows<T>(props: Rows<T>) {
  return (
    <>
      <WideTable {...props} />
      <Cards {...props} />
    </>
  )
}

function WideTable<T>({ label, rows, keyOf, columns, actions, actionsTitle }: Rows<T>) {
  return (
    <Table visibleFrom="sm" aria-label={label} highlightOnHover verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          {columns.map(({ key, title, isNarrow }) => (
            <Table.Th key={key} {...(isNarrow && { w: 1, className: 'numbers' })}>
              {title}
            </Table.Th>
          ))}
          {actions && <Table.Th w={1} aria-label={actionsTitle ?? label} />}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((row) => (
          <Table.Tr key={keyOf(row)}>
            {columns.map(({ key, cell, isNarrow }) => (
              <Table.Td key={key} {...(isNarrow && { className: 'numbers' })}>
                {cell(row)}
              </Table.Td>
            ))}
            {actions && (
              <Table.Td>
                <Group gap={4} justify="flex-end" wrap="nowrap">
                  {actions(row)}
                </Group>
              </Table.Td>
            )}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Cards<T>({ label, rows, keyOf, columns, actions }: Rows<T>) {
  const [first, ...rest] = columns
  return (
    <Stack component="ul" hiddenFrom="sm" gap="xs" aria-label={label} className="cards">
      {rows.map((row) => (
        <Paper component="li" key={keyOf(row)} withBorder p="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start" mb={4}>
            <div className="card-name">{first?.cell(row)}</div>
            {actions && (
              <Group gap={4} wrap="nowrap">
                {actions(row)}
              </Group>
            )}
          </Group>
          <dl className="facts">
            {rest
              .filter(({ isEmpty }) => isEmpty?.(row) !== true)
              .map(({ key, title, cell }) => (
                <div key={key}>
                  <dt>{title}</dt>
                  <dd>{cell(row)}</dd>
                </div>
              ))}
          </dl>
        </Paper>
      ))}
    </Stack>
  )
}
