import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from './failure.ts'

export type SignIn = { readonly user: string; readonly token: string; readonly expiresAt: string }

/** Sign-ins by the URL of the platform, and the one that commands talk to. */
export type Credentials = {
  readonly current?: string
  readonly platforms: Readonly<Record<string, SignIn>>
}

export function credentialsPath(configDir: string): string {
  return join(configDir, 'credentials.json')
}

/** None when there is no such file yet. @throws {Failure} when it cannot be read or understood */
export async function readCredentials(configDir: string): Promise<Credentials> {
  const path = credentialsPath(configDir)
  try {
    const found: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (isCredentials(found)) return found
    throw new Error('It has another form than bootcast writes.')
  } catch (error) {
    if (isMissing(error)) return { platforms: {} }
    throw new Failure(`Cannot read the sign-ins in ${path}.`, {
      code: 'credentials_unreadable',
      why: error instanceof Error ? error.message : String(error),
      todo: 'Mend or remove the file, then sign in again.',
    })
  }
}

/** Written beside and renamed, so that no reader sees half a file; only the user may read it. */
export async function writeCredentials(configDir: string, credentials: Credentials): Promise<void> {
  await mkdir(configDir, { recursive: true, mode: 0o700 })
  const temporary = join(configDir, `.credentials-${randomUUID()}`)
  try {
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify(credentials, undefined, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, credentialsPath(configDir))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

export function withSignIn(credentials: Credentials, url: string, signIn: SignIn): Credentials {
  return { current: url, platforms: { ...credentials.platforms, [url]: signIn } }
}

/** Without this platform; when it was the current one, there is no current one. */
export function withoutSignIn({ current, platforms }: Credentials, url: string): Credentials {
  const left = Object.fromEntries(Object.entries(platforms).filter(([key]) => key !== url))
  return { ...(current !== undefined && current !== url && { current }), platforms: left }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function isCredentials(value: unknown): value is Credentials {
  if (!isRecord(value)) return false
  const { current, platforms } = value
  return (
    (current === undefined || typeof current === 'string') &&
    isRecord(platforms) &&
    Object.values(platforms).every(isSignIn)
  )
}

function isSignIn(value: unknown): value is SignIn {
  return isRecord(value) && ['user', 'token', 'expiresAt'].every((key) => typeof value[key] === 'string')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
