import type { Command } from 'commander'
import { usageFailure } from './failure.ts'
import { readPassword } from './password.ts'
import type { World } from './world.ts'

export type RegistrySettings = {
  readonly plainHttp?: true
  readonly user?: string
  readonly passwordFile?: string
}

export type RegistryAccess = {
  readonly plainHttp: boolean
  readonly user?: string
  readonly password?: string
}

export function addRegistryOptions(command: Command): Command {
  return command
    .option('--plain-http', 'a registry: HTTP instead of HTTPS')
    .option('-u, --user <name>', 'a registry: sign in to it')
    .option('--password-file <file>', 'a registry: the password or token; without it it is asked for')
}

/** How to talk to a registry. @throws {Failure} */
export async function registryAccess(
  world: World,
  { plainHttp, user, passwordFile }: RegistrySettings,
): Promise<RegistryAccess> {
  if (user === undefined && passwordFile !== undefined)
    throw usageFailure('A password needs a user.', 'Add --user NAME.')
  const source = passwordFile === undefined ? {} : { passwordFile }
  const signIn = user === undefined ? {} : { user, password: await readPassword(world, source) }
  return { plainHttp: plainHttp === true, ...signIn }
}
