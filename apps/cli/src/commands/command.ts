import type { Command } from 'commander'
import { type Connection, connect } from '../connection.ts'
import { Output } from '../output.ts'
import type { World } from '../world.ts'

export type GlobalOptions = { readonly json?: true; readonly platform?: string }

/** What a command works with. */
export type Desk = {
  readonly world: World
  readonly output: Output
  /** The platform and the user's token for it. @throws {Failure} when not signed in */
  connect(): Promise<Connection>
}

type Run<Options> = (desk: Desk, args: readonly string[], options: Options) => Promise<void>

export type CommandText = {
  /** As commander reads it: `show <name>`. */
  readonly usage: string
  readonly summary: string
  readonly examples: readonly string[]
}

/** A command below `parent`, with its help. Its action is set by `runs`. */
export function addCommand(parent: Command, { usage, summary, examples }: CommandText): Command {
  return parent
    .command(usage)
    .description(summary)
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
}

/** Sets what the command does. Arguments come in the order of its usage, repeated ones flattened. */
export function runs<Options>(command: Command, world: World, run: Run<Options>): void {
  command.action(async (...given: readonly unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((arg) => typeof arg === 'string')
    const options = command.optsWithGlobals<Options & GlobalOptions>()
    const output = new Output(world, options.json === true ? 'json' : 'text')
    await run({ world, output, connect: () => connect(world, options.platform) }, args, options)
  })
}

/** Of an option that may be given again: all its values. */
export function appended(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
