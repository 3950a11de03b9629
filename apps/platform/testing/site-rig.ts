import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { BootCodes, LoaderShelf, SignInRefused } from '@bootcast/boot'
import { efiLoader } from '@bootcast/boot/testing/loader-files'
import { CatalogueBootSource, Decisions, type Deployer } from '@bootcast/catalogue'
import { linuxRelease } from '@bootcast/catalogue/testing/linux-release'
import { digestOf, MemoryStore } from '@bootcast/content'
import { formatJoinToken, hashOf, newSecret } from '@bootcast/uplink'
import { newAuthority } from '@bootcast/uplink/testing/uplink-pair'
import type { AuditNote } from '../src/audit/audit.ts'
import type { SiteBatch } from '../src/boots/site-boots.ts'
import { SqlCatalogueStore } from '../src/catalogue/sql-catalogue-store.ts'
import { openDatabase } from '../src/database/open.ts'
import { SqlGrantStore } from '../src/identity/sql-grant-store.ts'
import { SqlUserStore } from '../src/identity/sql-user-store.ts'
import { Installs } from '../src/installs/installs.ts'
import { SecretBox } from '../src/installs/secret-box.ts'
import { SqlInstallStore } from '../src/installs/sql-install-store.ts'
import { MachineRegister } from '../src/machines/machine-register.ts'
import { SqlMachineStore } from '../src/machines/sql-machine-store.ts'
import { OpeningRegister } from '../src/openings/opening-register.ts'
import { SqlOpeningStore } from '../src/openings/sql-opening-store.ts'
import { SqlSettingsStore } from '../src/policy/sql-settings-store.ts'
import { SiteContacts } from '../src/sites/site-contacts.ts'
import { SiteDesk } from '../src/sites/site-desk.ts'
import type { NewSite } from '../src/sites/site-store.ts'
import { SnapshotMaker } from '../src/sites/snapshot-maker.ts'
import { SqlSiteStore } from '../src/sites/sql-site-store.ts'

export const rigStart = Date.UTC(2026, 10, 26)

/** The files of the deploy environment. */
function someDeployer(): Deployer {
  const file = (name: string) => {
    const bytes = Buffer.from(`the ${name} that writes disks`)
    return { bytes, file: { name, digest: digestOf(bytes), size: bytes.length } }
  }
  const [kernel, initrd] = [file('vmlinuz'), file('initrd.img')]
  const files = [kernel, initrd].map(({ bytes, file: { digest, size } }) => {
    const read = async (first: number, last: number) => Readable.from([bytes.subarray(first, last + 1)])
    return [digest, { digest, size, read }] as const
  })
  return { kernel: kernel.file, initrd: initrd.file, files: new Map(files) }
}

/** What answers the sites of a platform, over a real database: nothing is published, nobody has joined. */
export async function siteRig(t: TestContext) {
  const database = await openDatabase({ kind: 'sqlite', path: ':memory:' })
  const folder = await mkdtemp(join(tmpdir(), 'bootcast-desk-'))
  const clock = { at: rigStart }
  const now = () => clock.at
  const [catalogue, machines, store] = [
    new SqlCatalogueStore(database),
    new SqlMachineStore(database),
    new SqlSiteStore(database),
  ]
  const [openingStore, users, grants] = [
    new SqlOpeningStore(database),
    new SqlUserStore(database),
    new SqlGrantStore(database),
  ]
  const installStore = new SqlInstallStore(database, new SecretBox(Buffer.alloc(32)))
  const onError = (error: unknown) => {
    throw error
  }
  const register = new MachineRegister({ store: machines, onError, now })
  const contacts = new SiteContacts({ store, onError })
  const openings = new OpeningRegister({ store: openingStore, now })
  const [blobs, settings, installs] = [
    new MemoryStore(),
    new SqlSettingsStore(database),
    new Installs(installStore),
  ]
  const noted: AuditNote[] = []
  const audit = { note: (note: AuditNote) => void noted.push(note) }
  const imagesOf = (user: string) => grants.allowedImages(user)
  const decisions = new Decisions({ catalogue, openings, installs, imagesOf, now })
  const deployer = someDeployer()
  const source = new CatalogueBootSource({
    ...{ catalogue, machines: register, openings, decisions, settings, imagesOf, audit, blobs, deployer },
    ...{ installs, phoneLog: { note: () => undefined } },
  })
  const shelf = await LoaderShelf.open({ directory: join(folder, 'loaders'), log: () => undefined })
  await shelf.import('ipxe.efi', Readable.from([efiLoader()]))
  const authority = await newAuthority(now)
  const codes = new BootCodes({ now })
  const batches: SiteBatch[] = []
  const signedIn: string[] = []
  const desk = new SiteDesk({
    ...{ store, contacts, authority, source, catalogue, blobs, machines: register, deployer, shelf },
    ...{ codes, audit, now },
    boots: {
      take: async (batch) => {
        batches.push(batch)
        return batch.first + batch.events.length - 1
      },
    },
    signIn: async (name, password) => {
      if (password !== 'right') throw new SignInRefused('wrong', 2)
      return { name }
    },
    onSignIn: ({ name }) => signedIn.push(name),
  })
  const maker = new SnapshotMaker({
    ...{ catalogue, machines, openings: openingStore, installs: installStore, settings, sites: store },
    ...{ rights: grants, shelf, secureBoot: false, version: '1.2.3', now },
    authorities: () => authority.certificates,
    activateUrl: () => 'http://boot.example/activate',
  })
  t.after(async () => {
    await register.stop()
    await contacts.stop()
    await database.destroy()
    await rm(folder, { recursive: true, force: true })
  })
  const put = async (name: string, text: string) => {
    const { digest, size } = await blobs.put(Readable.from([Buffer.from(text)]))
    return { name, digest, size }
  }
  return {
    ...{
      catalogue,
      machines,
      store,
      openingStore,
      openings,
      users,
      grants,
      installStore,
      register,
      contacts,
    },
    ...{
      blobs,
      noted,
      source,
      shelf,
      authority,
      codes,
      batches,
      signedIn,
      desk,
      maker,
      clock,
      database,
      deployer,
    },
    /** A release whose kernel has these bytes, in `stable`. */
    publish: async (image: string, text = `the kernel of ${image}`, cmdline = '') =>
      await catalogue.addRelease(linuxRelease({ image, cmdline, kernel: await put('vmlinuz', text) })),
    /** A site, and the token that lets it join. */
    add: async (name: string, more: Partial<NewSite> = {}) => {
      const secret = newSecret()
      const site = await store.add({
        ...{ name, images: 'all', via: undefined, createdAt: clock.at, createdBy: 'admin' },
        token: { hash: hashOf(secret), expiresAt: clock.at + 1000 },
        ...more,
      })
      return { site, token: formatJoinToken({ site: name, secret, fingerprint: authority.fingerprint }) }
    },
    addUser: (name: string) =>
      users.addUser({ name, role: 'user', passwordPhc: 'x', groups: [], createdAt: clock.at }),
  }
}
