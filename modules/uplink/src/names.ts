/** How the platform is called in TLS, wherever it is: sites know it by this name and its authority, not by its address. */
export const platformServerName = 'platform.bootcast.internal'

/** How a site is called in TLS, by the sites that it serves. */
export const siteServerName = (id: string): string => `${id}${siteSuffix}`

const siteSuffix = '.site.bootcast.internal'

/** An id that can stand in a certificate and in a DNS name: 1 to 63 of a-z 0-9 -, not at an end. */
export const siteIdPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** The same for what people call it. */
export const siteNamePattern = siteIdPattern

/** All calls are below it. */
export const uplinkRoot = '/uplink/v1'
/** For whom a site speaks that passes a call on: ids with commas between, the nearest first. */
export const onBehalfOfHeader = 'bootcast-on-behalf-of'
/** Of a snapshot: base64. */
export const signatureHeader = 'bootcast-signature'
