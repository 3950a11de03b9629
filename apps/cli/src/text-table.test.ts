import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Column, textTable } from './text-table.ts'

type Row = { readonly name: string; readonly size: string; readonly note: string }
const columns: readonly Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'SIZE', text: ({ size }) => size, align: 'right' },
  { title: 'NOTE', text: ({ note }) => note, shrinksTo: 8 },
]
const rows: readonly Row[] = [
  { name: 'demo', size: '8.2 MiB', note: 'a kernel for all the machines' },
  { name: 'rescue-disk', size: '-', note: 'short' },
]
const at = (width: number | undefined) => textTable(columns, rows, { width, bold: (text) => text })

test('where there is no terminal nothing is cut', () => {
  assert.equal(
    at(undefined),
    `NAME            SIZE  NOTE
demo         8.2 MiB  a kernel for all the machines
rescue-disk        -  short`,
  )
})

test('on a terminal the column that may shrink gives way', () => {
  assert.equal(
    at(40),
    `NAME            SIZE  NOTE
demo         8.2 MiB  a kernel for all …
rescue-disk        -  short`,
  )
})

test('when even that does not fit, each row becomes a block and nothing is left out', () => {
  assert.equal(
    at(26),
    `demo
  size  8.2 MiB
  note  a kernel for all
        the machines
rescue-disk
  note  short`,
  )
})
