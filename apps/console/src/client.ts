import { createClient, createResumableUploads } from '@bootcast/contract'

/** The platform that the console came from; who is signed in there says a cookie that scripts cannot read. */
export const origin = location.origin
export const client = createClient({ url: origin })
export const uploads = createResumableUploads({ url: origin })
