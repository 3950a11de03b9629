'use strict'
const path = require('path')

const mostLines = 100
const mostMessageLines = 4
const mostColumns = 200

/** A reporter of node:test: each test that failed, where it is, and how its error begins, which is indented. */
async function* failedTests(events) {
  for await (const { type, data } of events)
    if (type === 'test:fail' && isReason(data)) yield `${linesOf(data).join('\n')}\n`
}

/** What such reports say, in at most 100 lines: when they have more, without the errors. */
function summaryOf(reports) {
  const lines = reports.split('\n').filter((line) => line !== '')
  if (lines.length <= mostLines) return lines
  const heads = lines.filter((line) => !line.startsWith(' '))
  if (heads.length <= mostLines) return heads
  return [...heads.slice(0, mostLines - 1), `… and ${heads.length - mostLines + 1} more`]
}

/** Not what is expected to fail, and not what failed by a part that is told itself. */
const isReason = ({ todo, details }) => todo === undefined && details.error.failureType !== 'subtestsFailed'

function linesOf({ file, line, name, details }) {
  const where = file === undefined ? '' : `${path.relative(process.cwd(), file)}:${line} `
  const { cause } = details.error
  const { message, stack } = cause instanceof Error ? cause : details.error
  const said = String(message)
    .split('\n')
    .filter((text) => text.trim() !== '')
  const at = String(stack)
    .split('\n')
    .find((text) => /^ +at .*\.[cm]?[jt]s:\d/.test(text) && !/node:|node_modules/.test(text))
  const error = [...said.slice(0, mostMessageLines), ...(at === undefined ? [] : [at.trim()])]
  return [`${where}${name.replace(/\s+/g, ' ')}`, ...error.map((text) => `  ${text}`)].map((text) =>
    text.slice(0, mostColumns),
  )
}

module.exports = failedTests
module.exports.summaryOf = summaryOf
