import { Command, CommanderError } from 'commander'
import { addAuditCommand } from './commands/audit.ts'
import { addBootCommands } from './commands/boot.ts'
import { addBootScreenCommands } from './commands/boot-screen.ts'
import { addBuildCommands } from './commands/build.ts'
import { addBundleCommands } from './commands/bundle.ts'
import { addImageCommands } from './commands/image.ts'
import { addKeyCommands } from './commands/key.ts'
import { addLoadersCommands } from './commands/loaders.ts'
import { addMachineCommands } from './commands/machine.ts'
import { addNetworkCommands } from './commands/network.ts'
import { addOpeningCommands } from './commands/opening.ts'
import { addPasswordCommand } from './commands/password.ts'
import { addPublishCommand } from './commands/publish.ts'
import { addRegistryCommands } from './commands/registry.ts'
import { addSessionCommands } from './commands/session.ts'
import { addSiteCommands } from './commands/site.ts'
import { addSourceCommands } from './commands/source.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTemplateCommands } from './commands/template.ts'
import { addTokenCommands } from './commands/token.ts'
import { addUserCommands } from './commands/user.ts'
import { addLabelCommands } from './commands/values.ts'
import { type ExitCode, exitCodes, usageFailure } from './failure.ts'
import { reportFailure, widthOf } from './output.ts'
import type { World } from './world.ts'

const helpColumns = 100

const firstSteps = `
First steps:
  bootcast sign-in http://boot.example:8080 --user admin
  bootcast publish debian-live-12.iso
  bootcast image default debian-live-12

Environment:
  BOOTCAST_URL, BOOTCAST_TOKEN  the platform and the token to use instead of a sign-in
  NO_COLOR                      no colours

Exit codes:
  0 done, 1 failed, 2 wrong usage, 3 not signed in or refused,
  4 platform unreachable, 130 interrupted`

/** Runs one command line (without the program's name) and gives its exit code. Never throws. */
export async function run(world: World, version: string, args: readonly string[]): Promise<ExitCode> {
  const program = createProgram(world, version)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok
    if (error instanceof CommanderError && error.code === 'commander.help') return exitCodes.usage
    const format = args.includes('--json') ? 'json' : 'text'
    return reportFailure(world, format, error instanceof CommanderError ? usageOf(error) : error).exitCode
  }
}

function createProgram(world: World, version: string): Command {
  const program = new Command('bootcast')
    .description('Publish images of operating systems; decide which machine on the network boots what.')
    .version(version, '-V, --version', 'the version')
    .option('--json', 'the result as JSON on standard output')
    .option('--platform <url>', 'the platform to talk to instead of the current one')
    .helpOption('-h, --help', 'what there is, with examples')
    .helpCommand('help [command]', 'help on a command')
    .addHelpText('after', firstSteps)
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(helpColumns, widthOf(world.stdout) ?? 80),
      getErrHelpWidth: () => Math.min(helpColumns, widthOf(world.stderr) ?? 80),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
  addSessionCommands(program, world)
  addPasswordCommand(program, world)
  addStatusCommand(program, world)
  addPublishCommand(program, world)
  addBuildCommands(program, world)
  addImageCommands(program, world)
  addMachineCommands(program, world)
  addLabelCommands(program, world)
  addTemplateCommands(program, world)
  addOpeningCommands(program, world)
  addBootScreenCommands(program, world)
  addBootCommands(program, world)
  addBundleCommands(program, world)
  addRegistryCommands(program, world)
  addKeyCommands(program, world)
  addLoadersCommands(program, world)
  addNetworkCommands(program, world)
  addSiteCommands(program, world)
  addSourceCommands(program, world)
  addUserCommands(program, world)
  addTokenCommands(program, world)
  addAuditCommand(program, world)
  return program
}

/** Commander's words, as one of our errors. */
function usageOf(error: CommanderError): Error {
  const [what = '', suggestion = ''] = error.message.replace(/^error: /, '').split('\n')
  const sentence = what.charAt(0).toUpperCase() + what.slice(1)
  return usageFailure(
    /[.?!)]$/.test(sentence) ? sentence : `${sentence}.`,
    `${suggestion.replace(/^\((.*)\)$/, '$1 ')}Add --help to see what there is.`,
  )
}
