import type { Boot, BootNews, BootsFollowed } from '@bootcast/contract'
import { eventText } from './boot-text.ts'
import type { Output } from './output.ts'

/** What is said of boots as they happen; of one machine when a MAC is given. */
export function bootTeller(output: Output, mac: string | undefined): (followed: BootsFollowed) => void {
  const states = new Map<string, Boot['state']>()
  let isFirst = true
  const tell = (news: BootNews) => {
    const { id, mac: of, state, closedAt } = news.boot
    if (mac !== undefined && of !== mac) return
    output.lines(news, () => newsLines(output, news, states.get(id)))
    if (closedAt === undefined) states.set(id, state)
    else states.delete(id)
  }
  return (followed) => {
    switch (followed.kind) {
      case 'reset':
        output.note(
          isFirst ? 'Watching boots; Ctrl-C ends.' : 'Some events were missed: see “bootcast boot list”.',
        )
        isFirst = false
        return
      case 'lost':
        return output.note(`${followed.error.message}; trying again.`)
      case 'found':
        return output.note('The platform is there again.')
      case 'news':
        return tell(followed.news)
    }
  }
}

/** States that the events before them say as well. */
const quiet: readonly Boot['state'][] = ['booting', 'started']

/** The event, and the state when that has changed to something to know. */
function newsLines(
  output: Output,
  { boot, event }: BootNews,
  before: Boot['state'] | undefined,
): readonly string[] {
  const time = clockText(event?.until ?? event?.at ?? boot.lastAt)
  const line = (label: string, text: string, isBad: boolean) => {
    const whole = output.sentence(`${time}  ${boot.mac}  ${label.padEnd(10)}  ${text}`, ' '.repeat(10))
    return isBad ? output.bold(whole) : whole
  }
  const lines: string[] = []
  if (event !== undefined) {
    const { label, text, isBad = false } = eventText(event)
    lines.push(line(label, text, isBad))
  }
  if (boot.state !== before && !quiet.includes(boot.state))
    lines.push(line(boot.state.toUpperCase(), boot.cause?.text ?? '', boot.cause !== undefined))
  return lines
}

function clockText(time: string): string {
  const at = new Date(time)
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((value) => String(value).padStart(2, '0'))
    .join(':')
}
