import { StartRefused } from '@bootcast/options'
import type { FastifyBaseLogger } from 'fastify'
import type { CatalogueStore } from './catalogue/catalogue-store.ts'
import type { Config } from './config.ts'
import { Installs } from './installs/installs.ts'
import { PhoneLog } from './installs/phone-log.ts'
import { SecretBox } from './installs/secret-box.ts'
import { readSecretsKey, secretsKeyPath } from './installs/secrets-key.ts'
import { SqlInstallStore } from './installs/sql-install-store.ts'
import { SqlPhoneLineStore } from './installs/sql-phone-line-store.ts'
import { ValueBook } from './installs/value-book.ts'
import type { Kept } from './kept.ts'
import type { MachineRegister } from './machines/machine-register.ts'

export type InstallsSettings = {
  readonly config: Pick<Config, 'secretsKeyFile'>
  readonly kept: Kept
  readonly catalogue: CatalogueStore
  readonly register: MachineRegister
  readonly log: FastifyBaseLogger
}

/**
 * Templates, the values for them, and what machines say of their installations.
 * @throws {StartRefused} without the key that the values were encrypted with
 */
export async function openInstalls(
  { config, kept, catalogue, register, log }: InstallsSettings,
  starting: AsyncDisposableStack,
) {
  const place = { data: kept.data, file: config.secretsKeyFile }
  const store = new SqlInstallStore(kept.database, new SecretBox(await readSecretsKey(place)))
  const unreadable = await store.unreadable()
  if (unreadable > 0)
    throw new StartRefused(
      `${unreadable} values in the database were encrypted with another key than ${secretsKeyPath(place)}. ` +
        'Put that key back (--secrets-key-file FILE), or forget them all: DELETE FROM install_values',
    )
  const installs = new Installs(store)
  const phoneLog = new PhoneLog({
    store: new SqlPhoneLineStore(kept.database),
    onError: (err) =>
      log.error({ err }, 'what machines said of their installations could not be written down'),
  })
  starting.defer(() => phoneLog.stop())
  const machine = (mac: string) => register.change(mac, {})
  const values = new ValueBook({ store, installs, catalogue, machine })
  return { installStore: store, installs, phoneLog, values }
}
