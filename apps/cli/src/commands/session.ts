import { ApiError, type Token } from '@bootcast/contract'
import type { Command } from 'commander'
import { signInByBrowser } from '../browser-sign-in.ts'
import { clientFor, connect, platformUrl } from '../connection.ts'
import {
  credentialsPath,
  readCredentials,
  withoutSignIn,
  withSignIn,
  writeCredentials,
} from '../credentials.ts'
import { Failure, usageFailure } from '../failure.ts'
import { type PasswordSource, readPassword } from '../password.ts'
import { localTime } from '../quantities.ts'
import type { World } from '../world.ts'
import { addCommand, type Desk, type GlobalOptions, runs } from './command.ts'

export function addSessionCommands(program: Command, world: World): void {
  const signInCommand = addCommand(program, {
    usage: 'sign-in <url>',
    summary: 'Sign in to a platform and keep the token; later commands talk to it',
    examples: [
      'bootcast sign-in http://boot.example:8080 --user admin',
      'bootcast sign-in http://boot.example:8080 --user admin --password-file ./password',
      'pass show bootcast | bootcast sign-in http://boot.example:8080 --user admin --password-stdin',
      'bootcast sign-in https://boot.example --browser',
    ],
  })
    .option('-u, --user <name>', 'who signs in with a password')
    .option('--browser', 'show a code to approve in a browser, on any computer; no password is needed here')
    .option('--password-file <file>', 'read the password from this file')
    .option('--password-stdin', 'read the password from standard input')
  runs(signInCommand, world, signIn)

  const useCommand = addCommand(program, {
    usage: 'use <url>',
    summary: 'Talk to another platform that you are signed in to',
    examples: ['bootcast use http://boot.example:8080'],
  })
  runs(useCommand, world, use)

  const signOutCommand = addCommand(program, {
    usage: 'sign-out',
    summary: 'End the token on the platform and forget it here',
    examples: ['bootcast sign-out', 'bootcast sign-out --platform http://boot.example:8080'],
  })
  runs(signOutCommand, world, signOut)

  const whoamiCommand = addCommand(program, {
    usage: 'whoami',
    summary: 'Which platform commands talk to, and as whom',
    examples: ['bootcast whoami', 'bootcast whoami --json'],
  })
  runs(whoamiCommand, world, whoAmI)
}

type SignInOptions = PasswordSource & { readonly user?: string; readonly browser?: true }

async function signIn(desk: Desk, [address = '']: readonly string[], options: SignInOptions): Promise<void> {
  const { world, output } = desk
  const url = platformUrl(address)
  checkWay(options)
  await readCredentials(world.configDir)
  const { token, user, expiresAt } = await tokenFor(desk, url, options)
  // Read again: a browser may have taken minutes, and another command may have signed in elsewhere.
  const before = await readCredentials(world.configDir)
  await writeCredentials(world.configDir, withSignIn(before, url, { user, token, expiresAt }))
  output.result({ url, user, expiresAt }, () =>
    output.sentence(`Signed in to ${url} as ${user}, until ${localTime(expiresAt)}.`),
  )
  if (world.url !== undefined && platformUrl(world.url) !== url)
    output.note(`Note: BOOTCAST_URL is set: commands go on talking to ${world.url}.`)
  if (world.token !== undefined) output.note('Note: BOOTCAST_TOKEN is set and goes before this sign-in.')
}

/** One way to sign in, not two and not none. @throws {Failure} */
function checkWay({ browser, user, passwordFile, passwordStdin }: SignInOptions): void {
  if (browser === true && (user ?? passwordFile ?? passwordStdin) !== undefined)
    throw usageFailure(
      'With --browser there is no --user and no password: who approves is who signs in.',
      'Give --browser alone.',
    )
  if (browser !== true && user === undefined)
    throw usageFailure('Who signs in?', 'Give --user NAME, or --browser to sign in with a browser.')
}

async function tokenFor(desk: Desk, url: string, options: SignInOptions): Promise<Token> {
  const { user, browser } = options
  if (browser === true || user === undefined) return await signInByBrowser(desk, url)
  const password = await readPassword(desk.world, options)
  return await clientFor(desk.world, url).call('signIn', { body: { user, password } })
}

async function use({ world, output }: Desk, [address = '']: readonly string[]): Promise<void> {
  const url = platformUrl(address)
  const stored = await readCredentials(world.configDir)
  const user = stored.platforms[url]?.user
  if (user === undefined)
    throw new Failure(`You are not signed in to ${url}.`, {
      code: 'not_signed_in',
      todo: `Sign in: bootcast sign-in ${url} --user NAME, or with --browser`,
    })
  await writeCredentials(world.configDir, { ...stored, current: url })
  output.result({ url, user }, () => output.sentence(`Commands now talk to ${url} as ${user}.`))
}

/** Forgotten here in any case: who signs out wants the token gone, also when the platform is away. */
async function signOut({ world, output, connect }: Desk): Promise<void> {
  const { url, client, user } = await connect()
  try {
    await client.call('signOut', {})
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'not_signed_in')) {
      await forget(world, url)
      throw new Failure(`Signed out of ${url} here, but the platform could not be told.`, {
        code: 'not_told',
        why: error instanceof Error ? error.message : String(error),
        todo: 'The token works there until it expires. Sign in and out again to be sure it is the only one.',
      })
    }
  }
  if (user !== undefined) await forget(world, url)
  output.result({ url, user }, () => output.sentence(`Signed out of ${url}.`))
  if (user === undefined) output.note('Note: BOOTCAST_TOKEN is still set, and no longer valid.')
}

async function forget(world: World, url: string): Promise<void> {
  await writeCredentials(world.configDir, withoutSignIn(await readCredentials(world.configDir), url))
}

async function whoAmI(
  { world, output }: Desk,
  _args: readonly string[],
  options: GlobalOptions,
): Promise<void> {
  const { url, client } = await connect(world, options.platform)
  const { user, role } = await client.call('me', {})
  const stored = await readCredentials(world.configDir)
  const others = Object.keys(stored.platforms).filter((other) => other !== url)
  const expiresAt = world.token === undefined ? stored.platforms[url]?.expiresAt : undefined
  output.result({ url, user, role, expiresAt, others }, () =>
    output.facts([
      ['platform', url],
      ['user', user],
      ['role', role],
      [
        'token',
        expiresAt === undefined
          ? 'from BOOTCAST_TOKEN'
          : `until ${localTime(expiresAt)}, in ${credentialsPath(world.configDir)}`,
      ],
      ...(others.length > 0 ? [['also signed in to', others.join('\n')] as const] : []),
    ]),
  )
}
