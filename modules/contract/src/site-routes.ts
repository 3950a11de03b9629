import { z } from 'zod'
import { imageReferenceSchema, page, pageQuerySchema } from './common.ts'
import type { Route } from './route.ts'
import {
  newSiteSchema,
  siteChangeSchema,
  siteJoinSchema,
  siteParamsSchema,
  siteSchema,
  warmOrderSchema,
} from './sites.ts'

/** Calls about sites. What sites themselves ask goes another way: by TLS with their certificates. */
export const siteRoutes = {
  listSites: {
    method: 'GET',
    path: '/api/v1/sites',
    summary: 'Sites, in the order they were added',
    who: 'sites.read',
    query: pageQuerySchema,
    reply: page(siteSchema),
  },
  addSite: {
    method: 'POST',
    path: '/api/v1/sites',
    summary: 'Add a site: the answer has the command that lets it join, once, within 24 hours',
    who: 'sites.add',
    body: newSiteSchema,
    told: ['name', 'images', 'via'],
    reply: siteJoinSchema,
  },
  showSite: {
    method: 'GET',
    path: '/api/v1/sites/:name',
    summary: 'One site, by its name; one that was revoked also by its id',
    who: 'sites.read',
    params: siteParamsSchema,
    reply: siteSchema,
  },
  changeSite: {
    method: 'PATCH',
    path: '/api/v1/sites/:name',
    summary: 'Decide what a site may have, keeps, fetches and sends; absent keys stay',
    who: 'sites.change',
    params: siteParamsSchema,
    body: siteChangeSchema,
    told: Object.keys(siteChangeSchema.shape),
    reply: siteSchema,
  },
  renewSiteToken: {
    method: 'POST',
    path: '/api/v1/sites/:name/token',
    summary: 'A new token to join by, in the place of the one before; also to join again',
    who: 'sites.add',
    params: siteParamsSchema,
    reply: siteJoinSchema,
  },
  revokeSite: {
    method: 'POST',
    path: '/api/v1/sites/:name/revoke',
    summary: 'A site gets nothing any more, at once and for ever',
    who: 'sites.add',
    params: siteParamsSchema,
    reply: siteSchema,
  },
  removeSite: {
    method: 'DELETE',
    path: '/api/v1/sites/:name',
    summary: 'Revoke a site and forget it; refused while another site asks it',
    who: 'sites.add',
    params: siteParamsSchema,
  },
  warmSite: {
    method: 'POST',
    path: '/api/v1/sites/:name/warm',
    summary: 'Let a site fetch a release before anybody asks for it',
    who: 'sites.change',
    params: siteParamsSchema,
    body: z.object({ reference: imageReferenceSchema }),
    told: ['reference'],
    reply: warmOrderSchema,
  },
  cancelWarm: {
    method: 'DELETE',
    path: '/api/v1/sites/:name/warm/:id',
    summary: 'Take an order back; what was fetched stays until room is needed',
    who: 'sites.change',
    params: siteParamsSchema.extend({ id: z.string().max(64) }),
  },
} as const satisfies Record<string, Route>
