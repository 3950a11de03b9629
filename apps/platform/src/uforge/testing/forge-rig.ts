import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { roles } from '@bootcast/contract'
import { startApiRig } from '../../../testing/api-rig.ts'
import { RequestRate } from '../../api/request-rate.ts'
import { BuildRefused } from '../../builds/build.ts'
import { SqlCatalogueStore } from '../../catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../../database/open.ts'
import { Attempts } from '../../identity/attempts.ts'
import { createPasswordHasher } from '../../identity/password.ts'
import { PasswordGate } from '../../identity/password-gate.ts'
import { SqlGrantStore } from '../../identity/sql-grant-store.ts'
import { SqlUserStore } from '../../identity/sql-user-store.ts'
import { SecretBox } from '../../installs/secret-box.ts'
import type { ReleaseBuilder } from '../release-builder.ts'
import { DownloadKeys } from '../rest/download-keys.ts'
import { resourcesOf } from '../rest/resources.ts'
import { addUforgeRest } from '../rest/rest-server.ts'
import { SqlApiKeyStore } from '../sql-api-key-store.ts'
import { SqlUforgeNumbers } from '../sql-uforge-numbers.ts'
import { UforgePeople } from '../uforge-people.ts'
import { PublishedClient, type PublishedClientOptions } from './published-client.ts'

/** Of every user of the rig. */
export const password = 'correct horse: battery'

const passwords = createPasswordHasher()
const kernel = { name: 'vmlinuz', digest: `sha256:${'1'.repeat(64)}`, size: 100 }

/** Makes nothing. */
const noBuilder: ReleaseBuilder = {
  start: () => Promise.reject(new BuildRefused('build_plan_not_found', 'No builder makes it.')),
  find: async () => undefined,
  cancel: async () => undefined,
}

/**
 * The REST API of UForge on loopback, with a database: a user of each role by its name, `user` may boot `demo`; images
 * `demo` with two releases and `other` with one. What is downloaded is some bytes.
 */
export async function startForge({ builder = noBuilder }: { readonly builder?: ReleaseBuilder } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-forge-'))
  const database = await openDatabase({ kind: 'sqlite', path: join(folder, 'catalogue.db') })
  const [users, grants, catalogue] = [SqlUserStore, SqlGrantStore, SqlCatalogueStore].map(
    (Store) => new Store(database),
  ) as [SqlUserStore, SqlGrantStore, SqlCatalogueStore]
  const passwordPhc = await passwords.hash(password)
  for (const role of roles) await users.addUser({ name: role, role, groups: [], createdAt: 1, passwordPhc })
  for (const image of ['demo', 'demo', 'other']) await catalogue.addRelease(linuxRelease({ image, kernel }))
  await grants.change('demo', { allow: { users: ['user'], groups: [] } })
  const keys = new SqlApiKeyStore(database, new SecretBox(Buffer.alloc(32, 1)))
  const audit: string[] = []
  const changes: string[] = []
  const note = ({ who, action, about, refused }: Record<string, unknown>) =>
    void audit.push([who, action, about, ...(refused === true ? ['refused'] : [])].join(' '))
  const gate = new PasswordGate({ users, passwords, attempts: new Attempts(), audit: { note } })
  const bundle = Buffer.from('the bytes of a release')
  const resources = resourcesOf({
    ...{ catalogue, rights: grants, users, keys, builder, version: '3.8.13' },
    numbers: new SqlUforgeNumbers(database),
    downloads: new DownloadKeys(),
    bundleOf: async (image, number) => ({
      ...{ name: `${image}-${number}.pxe`, size: bundle.length },
      bytes: async function* () {
        yield bundle
      },
    }),
  })
  const people = new UforgePeople({ gate, users, keys })
  const rig = await startApiRig({
    // Long enough for 10 MB to be thrown away.
    timing: { lingerMs: 2_000 },
    pages: [
      (app) =>
        addUforgeRest(app, {
          ...{ context: '/api', resources, people, rate: new RequestRate(), bodyMs: 2_500 },
          audit: { note, noteDurably: async (one) => note(one) },
          onChange: () => void changes.push('changed'),
          stopping: new AbortController().signal,
        }),
    ],
  })
  const url = `${rig.url}/api`
  const documents: string[] = []
  const client = (user: string, more: Partial<PublishedClientOptions> = {}) =>
    PublishedClient.start({
      ...{ url, user, by: password, onDocument: (text) => void documents.push(text) },
      ...more,
    })
  return {
    ...{ url, port: rig.port, users, grants, catalogue, keys, audit, changes, documents, client, bundle },
    logged: rig.logged,
    [Symbol.asyncDispose]: async () => {
      await rig[Symbol.asyncDispose]()
      await database.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
