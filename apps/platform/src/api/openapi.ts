import { type ProblemCode, problemSchema, problems, type Route, rolesWith, routes } from '@bootcast/contract'
import { z } from 'zod'

type Json = { readonly [key: string]: unknown }

/** The API as OpenAPI 3.1, made from the routes of the contract. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, route] of Object.entries(routes)) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    const tagged = { tags: [tagOf(path)], ...operation(name, route) }
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: tagged }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Bootcast', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    tags: tagsOf(paths),
    paths,
    components: {
      schemas: {
        Problem: { ...schemaOf(problemSchema, 'output'), examples: [exampleProblem('image_not_found')] },
      },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'From signIn, valid for 90 days (people of a directory: 12 hours), or from makeToken',
        },
      },
      responses: {
        Problem: {
          description: 'Refused or failed; the codes are listed in docs/reference/problems.md (RFC 9457)',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          'x-problems': problems,
        },
      },
    },
  }
}

/** What belongs together, by the first word of its path behind the version; others stand by their own word. */
const tagNames: Readonly<Record<string, string>> = {
  'sign-in': 'Signing in',
  'sign-out': 'Signing in',
  me: 'Signing in',
  users: 'People',
  groups: 'People',
  tokens: 'People',
  grants: 'People',
  audit: 'People',
  images: 'Images',
  blobs: 'Images',
  uploads: 'Images',
  publications: 'Images',
  'garbage-collection': 'Images',
  builders: 'Builds',
  builds: 'Builds',
  'build-plans': 'Builds',
  machines: 'Machines',
  values: 'Machines',
  explain: 'Machines',
  openings: 'Openings',
  boots: 'Boots',
  'boot-codes': 'Boots',
  sites: 'Sites',
  'site-authority': 'Sites',
  loaders: 'Platform',
  settings: 'Platform',
  status: 'Platform',
}

function tagOf(path: string): string {
  const word = path.split('/')[3] ?? ''
  return tagNames[word] ?? word
}

/** In the order in which calls have them first. */
function tagsOf(paths: Readonly<Record<string, Readonly<Record<string, Json>>>>): readonly Json[] {
  const names = Object.values(paths).flatMap((calls) => Object.values(calls).flatMap(({ tags }) => tags))
  return [...new Set(names)].map((name) => ({ name }))
}

function operation(operationId: string, route: Route): Json {
  const body = bodyOf(route)
  return {
    operationId,
    summary: route.summary,
    security: route.who === 'anybody' ? [] : [{ token: [] }],
    ...(route.who !== 'anybody' &&
      route.who !== 'user' && {
        'x-permission': route.who,
        'x-roles': rolesWith(route.who),
      }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(body && { requestBody: { required: true, content: body } }),
    responses: { ...success(route), default: { $ref: '#/components/responses/Problem' } },
  }
}

function success({ reply }: Route): Json {
  if (reply === undefined) return { 204: { description: 'Done' } }
  if (reply === 'png') return { 200: { description: 'Done', content: { 'image/png': { schema: {} } } } }
  return {
    200: { description: 'Done', content: { 'application/json': { schema: schemaOf(reply, 'output') } } },
  }
}

function bodyOf({ body }: Route): Json | undefined {
  if (body === undefined) return undefined
  if (body === 'bytes') return { 'application/octet-stream': { schema: {} } }
  return { 'application/json': { schema: schemaOf(body, 'input') } }
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): readonly Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

/** `input`: what a caller sends; a coerced number is then described as a number. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}

function exampleProblem(code: ProblemCode): Json {
  const { status, title } = problems[code]
  return { type: `urn:bootcast:problem:${code}`, title, status, code, detail: 'There is no image "demo"' }
}
