import type { CommandDesk } from './command-desk.ts'
import type { Handlers } from './handlers.ts'

export type CommandSignInHandlersOptions = {
  readonly commands: CommandDesk
  /** How people reach the platform, when that is not its own address. */
  readonly publicUrl: string | undefined
}

/** Commands of people who have no password here. */
export function commandSignInHandlers({
  commands,
  publicUrl,
}: CommandSignInHandlersOptions): Pick<Handlers, 'beginCommandSignIn' | 'finishCommandSignIn'> {
  const place = publicUrl === undefined ? {} : { verificationUri: `${publicUrl}/activate` }
  return {
    beginCommandSignIn: async ({ body, from }) => ({ ...commands.begin(body.host, from), ...place }),
    async finishCommandSignIn({ body, from }) {
      const { token, user, expiresAt } = await commands.finish(body.deviceCode, from)
      return { token, user, expiresAt: expiresAt.toISOString() }
    },
  }
}
