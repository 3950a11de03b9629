/**
 * Reads a script as iPXE does: lines and continuations as in src/image/script.c, words, comments, `||`, `&&` and
 * `;` as in src/core/exec.c, `${…}` as in src/core/settings.c. Every command succeeds, every setting is unset.
 * Gives the commands that ran, with their words; an option that only `echo` would read is an error.
 */
export function runScript(script: string): readonly (readonly string[])[] {
  if (!/^#!ipxe[ \f\n\r\t\v]/.test(script)) throw new Error('no script')
  return logicalLines(script).flatMap(runLine)
}

function logicalLines(script: string): readonly string[] {
  const lines: string[] = []
  let joined = ''
  for (const raw of script.split('\n')) {
    joined += raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (joined.endsWith('\\')) {
      joined = joined.slice(0, -1)
      continue
    }
    lines.push(joined)
    joined = ''
  }
  return lines
}

function runLine(line: string): string[][] {
  // A C string ends at NUL.
  const [text = ''] = line.replace(/^[ \f\r\t\v]*:[^ \f\r\t\v]*/, '').split('\0')
  const words = text.split(/[ \f\r\t\v]+/).filter((found) => found !== '')
  const end = words.findIndex((found) => found.startsWith('#'))
  const calls: string[][] = []
  let call: string[] = []
  let runs = true
  const finish = () => {
    if (runs && call.length > 0) calls.push(execute(call))
    call = []
  }
  for (const found of end < 0 ? words : words.slice(0, end)) {
    if (found === '||' || found === '&&' || found === ';') {
      finish()
      runs = found !== '||'
    } else call.push(found)
  }
  finish()
  return calls
}

function execute(call: readonly string[]): string[] {
  const expanded = call.map(expand)
  const first = expanded[1]
  if (expanded[0] === 'echo' && first?.startsWith('-') && first !== '--')
    throw new Error(`echo refuses ${first}`)
  return expanded
}

/** The last `${` before the first `}`, until there is none. */
function expand(found: string): string {
  const end = found.indexOf('}', found.indexOf('${') + 2)
  const start = found.lastIndexOf('${', end)
  if (!found.includes('${') || end < 0 || start < 0) return found
  return expand(found.slice(0, start) + found.slice(end + 1))
}
