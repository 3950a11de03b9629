import type { Command } from 'commander'
import { readCredentials, withSignIn, writeCredentials } from '../credentials.ts'
import { type PasswordSource, readPasswordChange } from '../password.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, runs } from './command.ts'

export function addPasswordCommand(program: Command, world: World): void {
  const command = addCommand(program, {
    usage: 'password',
    summary: 'Change your own password; you stay signed in here, all other tokens end',
    examples: ['bootcast password', "printf 'old\\nnew\\n' | bootcast password --password-stdin"],
  }).option('--password-stdin', 'two lines of standard input: the password of today, and the new one')
  runs<PasswordSource>(command, world, change)
}

async function change({ world, output, connect }: Desk, _args: readonly string[], source: PasswordSource) {
  const { url, client, user: stored } = await connect()
  const { user } = await client.call('me', {})
  const body = await readPasswordChange(world, source)
  const { token, expiresAt } = await client.call('changePassword', { body })
  if (stored !== undefined) {
    const before = await readCredentials(world.configDir)
    const after = withSignIn(before, url, { user, token, expiresAt })
    const { current = url } = before
    await writeCredentials(world.configDir, { ...after, current })
  }
  output.result({ url, user }, () =>
    output.sentence(
      `The password of ${user} is changed. Everything else that was signed in as ${user} is not any more.`,
    ),
  )
  if (stored === undefined) output.note('Note: BOOTCAST_TOKEN is still set, and no longer valid.')
}
