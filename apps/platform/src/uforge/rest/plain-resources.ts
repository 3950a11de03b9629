import { Refused } from '../../api/problem-response.ts'
import * as types from '../documents/schema.ts'
import { document, list } from './answers.ts'
import type { Forge } from './forge.ts'
import type { Call, Resource } from './resource.ts'
import { shownFormat, shownOrg, shownTargetFormat, shownUser } from './shown.ts'

/** What is the same whatever was published: the server, who asks, the one format, and no clouds. */
export function plainResources(forge: Forge): readonly Resource[] {
  const get = (path: string, answer: Resource['answer'], who: Resource['who'] = 'user'): Resource => ({
    ...{ method: 'GET', path, who, answer },
  })
  const formats = async ({ query }: Call) =>
    list('targetFormats', types.targetFormats, [shownTargetFormat], query)
  const platforms = async ({ query }: Call) => list('targetPlatforms', types.targetPlatforms, [], query)
  const org = async () => document('org', types.org, shownOrg)
  return [
    get(
      'status',
      async () =>
        document('serviceStatus', types.serviceStatus, {
          ...{ alive: true, version: forge.version, serviceLoad: 0 },
        }),
      'anybody',
    ),
    get('users/:uid', async (call) => await user(forge, call)),
    get('users/:uid/orgs', async ({ query }) => list('orgs', types.orgs, [shownOrg], query)),
    get('orgs/1', org),
    get('users/:uid/formats', async ({ query }) =>
      list('imageFormats', types.imageFormats, [shownFormat], query),
    ),
    ...['users/:uid', 'orgs/1'].flatMap((of) => [
      get(`${of}/targetformats`, formats),
      get(`${of}/targetplatforms`, platforms),
    ]),
    get('orgs/1/targetformats/1', async () =>
      document('targetFormat', types.targetFormat, shownTargetFormat),
    ),
    get('orgs/1/targetformats/1/targetplatforms', platforms),
    get('users/:uid/accounts', async ({ query }) => list('credAccounts', types.credAccounts, [], query)),
    {
      ...{ method: 'POST', path: 'users/:uid/accounts', who: 'user' },
      answer: async () => {
        throw new Refused(
          'invalid_request',
          'Bootcast keeps no accounts of clouds: machines boot its images from itself',
        )
      },
    },
  ]
}

async function user({ users, numbers }: Forge, { asker }: Call) {
  const { name, role } = asker()
  const known = await users.findUser(name)
  const ids = await numbers.numbersOf([{ kind: 'user', name }])
  const shown = { name, role, createdAt: known?.createdAt ?? 0, id: ids.get(`user ${name}`) ?? 0 }
  return document('user', types.user, shownUser(shown))
}
