import type { Status } from '@bootcast/contract'
import type { Command } from 'commander'
import type { Output } from '../output.ts'
import { timeText } from '../quantities.ts'
import type { World } from '../world.ts'
import { addCommand, runs } from './command.ts'

export function addStatusCommand(program: Command, world: World): void {
  const command = addCommand(program, {
    usage: 'status',
    summary: 'What the platform runs, where it listens, and what is missing',
    examples: ['bootcast status', "bootcast status --json | jq '.counters'"],
  })
  runs(command, world, async ({ output, connect }) => {
    const { url, client } = await connect()
    const status = await client.call('status', {})
    output.result(status, () => statusText(output, url, status, world.now()))
  })
}

function statusText(output: Output, url: string, status: Status, now: number): string {
  const head = output.facts([
    ['platform', url],
    ['version', status.version],
    ['running since', timeText(status.startedAt, now)],
    ...(status.publicUrl === undefined ? [] : [['machines use', status.publicUrl] as const]),
  ])
  const counters = Object.entries(status.counters).filter(([, count]) => count !== 0)
  const sections: readonly (readonly [string, string])[] = [
    ['Listening', output.facts(status.listening.map(({ service, address }) => [service, address]))],
    ['Missing', status.missing.map((sentence) => output.sentence(`- ${sentence}`, '  ')).join('\n')],
    ['Since the start', output.facts(counters.map(([name, count]) => [name, String(count)]))],
  ]
  const filled = sections.filter(([, text]) => text !== '')
  return [head, ...filled.map(([title, text]) => `\n${output.bold(title)}\n${text}`)].join('\n')
}
