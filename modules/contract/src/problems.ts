import { z } from 'zod'

/**
 * Every error a caller of the API can meet: code, HTTP status, title. The code is stable, the words are not.
 * `detail` of an answer says what happened to this request and what to do.
 */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not of the right form' },
  invalid_command_line: {
    status: 422,
    title: 'The kernel command line cannot be given to a machine as it is',
  },
  not_a_kernel: { status: 422, title: 'The file is not a kernel that Bootcast can boot' },
  not_an_initrd: { status: 422, title: 'The file is not an initial RAM disk' },
  not_a_loader: { status: 422, title: 'The file is not a boot loader' },
  blob_corrupt: { status: 422, title: 'The bytes are not those that were announced' },
  blob_not_uploaded: { status: 422, title: 'A file of the release has not been uploaded' },
  sign_in_failed: { status: 401, title: 'User or password is wrong' },
  not_signed_in: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Your role may not do that' },
  cross_site: { status: 403, title: 'The request comes from another web site' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  directory_unreachable: { status: 503, title: 'The directory with the users does not answer' },
  user_exists: { status: 409, title: 'There is a user of that name already' },
  user_not_found: { status: 404, title: 'There is no such user' },
  token_exists: { status: 409, title: 'You have a token of that name already' },
  token_not_found: { status: 404, title: 'There is no such token' },
  last_administrator: { status: 409, title: 'Somebody must be able to administer the platform' },
  kept_elsewhere: { status: 409, title: 'That is decided in the directory of the user' },
  too_many_attempts: { status: 429, title: 'Too many failed attempts' },
  not_found: { status: 404, title: 'There is no such thing' },
  image_not_found: { status: 404, title: 'There is no such image' },
  channel_not_found: { status: 404, title: 'The image has no such channel' },
  test_not_found: { status: 404, title: 'The release was not tested on that firmware' },
  release_not_found: { status: 404, title: 'There is no such release' },
  machine_not_found: { status: 404, title: 'There is no such machine' },
  template_not_found: { status: 404, title: 'The image has no such template' },
  template_unusable: { status: 422, title: 'The template cannot be filled in' },
  value_not_found: { status: 404, title: 'There is no such value' },
  value_refused: { status: 422, title: 'The value cannot be what it is meant for' },
  opening_not_found: { status: 404, title: 'There is no such opening' },
  code_not_found: { status: 404, title: 'No machine shows this code now' },
  loader_not_found: { status: 404, title: 'There is no such loader' },
  blob_missing: { status: 404, title: 'There is no such file' },
  image_in_use: { status: 409, title: 'Machines or the default still use the image' },
  release_in_use: { status: 409, title: 'A channel, machines or the default still use the release' },
  nothing_before: { status: 409, title: 'There is nothing to roll back to' },
  blob_too_large: { status: 413, title: 'The file is larger than this platform takes' },
  upload_not_found: { status: 404, title: 'There is no such upload' },
  upload_offset_mismatch: { status: 409, title: 'The upload goes on at another place' },
  upload_unfinished: { status: 409, title: 'The upload is not complete' },
  upload_taken_over: { status: 409, title: 'Another connection goes on with the upload' },
  uploads_full: { status: 413, title: 'Too many uploads are not finished' },
  upload_version: { status: 412, title: 'Another version of the upload protocol' },
  unreadable_input: { status: 422, title: 'Bootcast cannot make a release of it' },
  bundle_not_trusted: { status: 422, title: 'The bundle is not signed by a trusted key' },
  bundle_replayed: { status: 409, title: 'The bundle is not newer than what is there' },
  publication_not_found: { status: 404, title: 'There is no such publication' },
  publications_full: { status: 429, title: 'Too many publications are waiting' },
  address_refused: { status: 422, title: 'The platform does not fetch from there' },
  fetch_failed: { status: 422, title: 'The file could not be fetched' },
  interrupted: { status: 503, title: 'The publication was ended' },
  upload_incomplete: { status: 400, title: 'The upload ended before its announced length' },
  range_not_in_blob: { status: 416, title: 'The range lies outside of the file' },
  store_full: { status: 507, title: 'The disk of the platform is full' },
  stopping: { status: 503, title: 'Bootcast is being stopped' },
  internal: { status: 500, title: 'Bootcast failed; its log says why' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemCode = keyof typeof problems

/** The body of an error answer: RFC 9457, media type `application/problem+json`. */
export const problemSchema = z.object({
  type: z.string().describe('`urn:bootcast:problem:` and the code'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; the list stands in problems.ts'),
  detail: z.string().describe('What happened to this request, and what to do'),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof problemSchema>
