import { readFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { exitCodes, Failure, usageFailure } from './failure.ts'
import type { World } from './world.ts'

export type PasswordSource = { readonly passwordFile?: string; readonly passwordStdin?: true }

const mostBytes = 4096

/** From the file, from standard input, or asked for on the terminal without showing it. @throws {Failure} */
export async function readPassword(world: World, source: PasswordSource): Promise<string> {
  return await readOnce(world, source, (asking) => ask(asking, 'Password'))
}

/** The same for a password that somebody chooses: on the terminal it is asked for twice. @throws {Failure} */
export async function readNewPassword(world: World, source: PasswordSource): Promise<string> {
  return await readOnce(world, source, askTwice)
}

/** One's own password and the one to come: two lines of standard input, or asked for. @throws {Failure} */
export async function readPasswordChange(
  world: World,
  { passwordStdin }: Pick<PasswordSource, 'passwordStdin'>,
): Promise<{ readonly current: string; readonly password: string }> {
  if (passwordStdin === true) {
    const [current = '', password = ''] = (await stdinText(world)).split(/\r?\n/)
    if (current === '' || password === '')
      throw usageFailure('Standard input must have two lines: the password of today, and the new one.')
    return { current, password }
  }
  if (world.stdin.isTTY !== true)
    throw usageFailure('There is no terminal to ask for the passwords.', 'Give them with --password-stdin.')
  return { current: await ask(world, 'Password of today'), password: await askTwice(world) }
}

async function askTwice(world: World): Promise<string> {
  const password = await ask(world, 'New password')
  if ((await ask(world, 'Again')) === password) return password
  throw usageFailure('The two passwords are not the same.')
}

type Ask = (world: World) => Promise<string>

async function readOnce(world: World, source: PasswordSource, asked: Ask): Promise<string> {
  if (source.passwordFile !== undefined && source.passwordStdin === true)
    throw usageFailure('Give --password-file or --password-stdin, not both.')
  const text = await passwordText(world, source, asked)
  const password = text.replace(/\r?\n$/, '')
  if (password === '') throw usageFailure('The password is empty.')
  return password
}

async function passwordText(
  world: World,
  { passwordFile, passwordStdin }: PasswordSource,
  asked: Ask,
): Promise<string> {
  if (passwordFile !== undefined) return fileText(passwordFile)
  if (passwordStdin === true) return stdinText(world)
  if (world.stdin.isTTY === true) return asked(world)
  throw usageFailure(
    'There is no terminal to ask for the password.',
    'Give it with --password-file FILE or --password-stdin.',
  )
}

async function fileText(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > mostBytes) throw new Error(`It has more than ${mostBytes} bytes.`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Failure(`Cannot read the password from ${path}.`, {
      code: 'file_unreadable',
      why: error instanceof Error ? error.message : String(error),
    })
  }
}

async function stdinText(world: World): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of world.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > mostBytes)
      throw usageFailure(`The password on standard input has more than ${mostBytes} bytes.`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The line editor of readline works as usual, but nothing of what it draws reaches the terminal. */
async function ask(world: World, what: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: world.stdin, output: nowhere, terminal: true, historySize: 0 })
  // Only now: what is typed before is shown by the terminal itself.
  world.stderr.write(`${what}: `)
  try {
    return await new Promise<string>((resolve, reject) => {
      const interrupted = () =>
        reject(new Failure('Interrupted.', { code: 'interrupted' }, exitCodes.interrupted))
      lines.once('line', resolve)
      lines.once('SIGINT', interrupted)
      lines.once('close', interrupted)
      world.signal.addEventListener('abort', interrupted, { once: true })
    })
  } finally {
    lines.close()
    world.stderr.write('\n')
  }
}
